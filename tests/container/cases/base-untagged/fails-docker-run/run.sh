#!/bin/sh
set -eu
docker run -d  registry.example/app
