#!/bin/bash
set -e
mkdir -p /home/automaker/.claude
chown -R automaker:automaker /home/automaker/.claude
chmod 700 /home/automaker/.claude
exec gosu automaker "$@"
