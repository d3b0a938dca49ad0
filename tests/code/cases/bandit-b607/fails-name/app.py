import subprocess

subprocess.run(['cat', 'notes.txt'])
