#!/bin/sh
set -eu
docker run -d -v "$HOME/.aws:/root/.aws" registry.example/app:1.2
