#!/usr/bin/env bash
set -euo pipefail
if [[ -n "${LOCAL_UID:-}" ]]; then
  usermod -o -u "$LOCAL_UID" appuser
fi
if [[ -n "${LOCAL_GID:-}" ]]; then
  groupmod -o -g "$LOCAL_GID" appuser
fi
if [[ "$(id -u)" -eq 0 ]]; then
  exec gosu appuser "$@"
fi
exec "$@"
