#!/bin/sh
set -eu
docker run -d --cap-add SYS_PTRACE registry.example/app:1.2
