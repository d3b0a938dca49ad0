#!/bin/sh
set -e
gosu appuser app migrate
exec gosu appuser "$@"
