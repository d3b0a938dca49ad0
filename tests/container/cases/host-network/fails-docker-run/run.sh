#!/bin/sh
set -eu
docker run -d --network host registry.example/app:1.2
