#!/bin/sh
set -eu
docker run -d --privileged registry.example/app:1.2
