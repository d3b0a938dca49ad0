from Crypto.Cipher import AES
