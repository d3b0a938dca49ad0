#!/bin/sh
set -eu
docker run -d --security-opt no-new-privileges registry.example/app:1.2
