#!/bin/sh
chmod 644 /home/automaker/.claude/.credentials.json
exec gosu automaker "$@"
