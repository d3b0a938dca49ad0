from cryptography.fernet import Fernet
