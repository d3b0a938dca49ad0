#!/bin/bash
set -e
if [ -n "$LOCAL_UID" ]; then
  usermod -u "$LOCAL_UID" appuser
  exec gosu appuser "$@"
fi
exec "$@"
