#!/bin/sh
$CONTAINER_ENGINE run --privileged ghcr.io/acme/x:1.0
