"""Readers of what Python projects pin: lock files, requirements files and installed environments."""
