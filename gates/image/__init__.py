"""The image gate: known vulnerabilities in a built image, and what its configuration and its layers hold."""
