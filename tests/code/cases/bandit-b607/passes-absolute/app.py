import subprocess

subprocess.run(['/bin/cat', 'notes.txt'])
