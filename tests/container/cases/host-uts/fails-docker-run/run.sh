#!/bin/sh
set -eu
docker run -d --uts host registry.example/app:1.2
