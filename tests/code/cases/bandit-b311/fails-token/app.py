import random

code = random.randint(0, 999999)
