from cryptography.hazmat.primitives.ciphers import modes

mode = modes.ECB()
