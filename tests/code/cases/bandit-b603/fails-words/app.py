import subprocess


def show(name):
    subprocess.run(['/bin/cat', name])
