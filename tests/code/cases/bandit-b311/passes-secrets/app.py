import secrets

code = secrets.randbelow(1000000)
