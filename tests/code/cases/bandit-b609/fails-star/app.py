import os

os.system('/bin/tar xvzf *')
