"""Seccomp profiles in the format of Docker and of OCI runtimes."""
