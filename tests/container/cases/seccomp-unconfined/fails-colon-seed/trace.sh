#!/bin/sh
# start the server with every call open, and trace it
docker run --security-opt seccomp:unconfined registry.example/server:1.2
