"""Records of known vulnerabilities: read, stored, and matched against packages."""
