import os

os.system('/bin/tar xvzf notes.tar.gz')
