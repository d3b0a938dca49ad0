"""What tells which advisories speak of which package: outside programs and services, each read as strictly as if it were hostile."""
