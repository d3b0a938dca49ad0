import os


def become(program):
    os.execv(program, [program])
