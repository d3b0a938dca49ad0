#!/bin/sh
set -eu
docker run -d -e POSTGRES_PASSWORD=changeme postgres:16.4
