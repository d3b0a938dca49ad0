from cryptography.hazmat.primitives import hashes

digest = hashes.SHA1()
