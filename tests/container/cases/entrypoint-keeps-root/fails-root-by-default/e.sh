#!/bin/sh
exec gosu "${RUN_AS:-root}" "$@"
