#!/bin/sh
set -eu
docker run -d -p 8080:80 registry.example/app:1.2
