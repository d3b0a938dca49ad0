#!/bin/sh
set -eu
docker run -d --ipc host registry.example/app:1.2
