"""Programs that know the vulnerabilities of what is installed in an image, each believed only where it proves that it looked."""
