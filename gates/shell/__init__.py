"""Reads command lines and scripts of POSIX shells and Bash into simple commands, with places, and never fails on one."""
