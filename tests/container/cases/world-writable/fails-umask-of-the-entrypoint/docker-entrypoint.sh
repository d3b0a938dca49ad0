#!/bin/sh
umask 000
exec gosu app "$@"
