import subprocess


def show(name):
    subprocess.run(f'cat {name}', shell=True)
