#!/bin/sh
set -eu
docker run -d --read-only --cap-drop ALL --security-opt no-new-privileges --tmpfs /tmp registry.example/app:1.2
