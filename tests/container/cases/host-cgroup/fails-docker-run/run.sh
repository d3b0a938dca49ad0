#!/bin/sh
set -eu
docker run -d --cgroupns host registry.example/app:1.2
