#!/bin/sh
set -eu
docker run -d --memory 0 registry.example/app:1.2
