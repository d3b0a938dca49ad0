#!/bin/sh
set -eu
docker run -d --cap-add=IPC_LOCK registry.example/app:1.2
