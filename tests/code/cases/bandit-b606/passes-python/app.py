import os


def become(program):
    return os.access(program, os.X_OK)
