#!/bin/sh
umask 077
echo "machine git.example.com login app password ${GIT_TOKEN}" > /home/app/.netrc
exec gosu app "$@"
