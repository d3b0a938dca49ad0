#!/bin/sh
# sudo would need a setuid program
echo "no sudo here"
exec setpriv --reuid=appuser --regid=appuser --init-groups "$@"
