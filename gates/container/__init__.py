"""Hardening of what builds an image and of what starts a container."""
