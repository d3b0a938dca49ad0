#!/bin/sh
echo docker run --privileged ghcr.io/acme/x:1.0
cat <<EOF
docker run --privileged ghcr.io/acme/x:1.0
EOF
docker run ghcr.io/acme/x:1.0
