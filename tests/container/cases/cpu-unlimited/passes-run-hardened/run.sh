#!/bin/sh
set -eu
docker run -d --cpus 1.5 registry.example/app:1.2
