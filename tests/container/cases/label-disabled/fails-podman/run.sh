#!/bin/sh
podman run -d --security-opt label=disable registry.example/app:1.2
