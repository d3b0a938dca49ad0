#!/bin/sh
set -eu
docker run -d --user root registry.example/app:1.2
