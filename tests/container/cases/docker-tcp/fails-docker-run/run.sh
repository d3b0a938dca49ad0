#!/bin/sh
set -eu
docker run -d -e DOCKER_HOST=tcp://engine:2375 registry.example/app:1.2
