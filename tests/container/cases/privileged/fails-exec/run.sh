#!/bin/sh
docker exec --privileged app sh
