#!/bin/sh
cat <<EOF | ssh host bash -s
docker run --privileged ghcr.io/acme/x:1.0
EOF
