#!/bin/sh
docker run $(cat opts) ghcr.io/acme/x:1.0
