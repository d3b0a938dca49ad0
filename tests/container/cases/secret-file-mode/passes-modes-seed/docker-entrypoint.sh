#!/bin/sh
chmod 600 /home/automaker/.claude/.credentials.json
chmod 600 /home/automaker/.config/cursor/auth.json
chmod 700 /home/automaker/.claude
chmod 700 /home/automaker/.cursor
exec gosu automaker "$@"
