#!/bin/sh
set -e
chown -R appuser /data
exec "$@"
