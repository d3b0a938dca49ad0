from cryptography.hazmat.primitives.ciphers import algorithms


def cipher(key):
    return algorithms.Blowfish(key)
