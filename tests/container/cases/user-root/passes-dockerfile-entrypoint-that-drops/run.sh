#!/bin/sh
chown -R nginx /data
exec su-exec nginx "$@"
