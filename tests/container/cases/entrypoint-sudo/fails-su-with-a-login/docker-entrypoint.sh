#!/bin/sh
exec su - appuser -c "app serve"
