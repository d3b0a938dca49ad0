#!/bin/sh
set -e
gosu appuser "$@"
