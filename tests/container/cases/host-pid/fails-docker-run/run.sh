#!/bin/sh
set -eu
docker run -d --pid=host registry.example/app:1.2
