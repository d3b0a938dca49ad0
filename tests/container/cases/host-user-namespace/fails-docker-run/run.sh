#!/bin/sh
set -eu
docker run -d --userns=host registry.example/app:1.2
