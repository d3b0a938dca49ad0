#!/bin/sh
set -eu
docker run -d --sysctl net.ipv4.ip_forward=1 registry.example/app:1.2
