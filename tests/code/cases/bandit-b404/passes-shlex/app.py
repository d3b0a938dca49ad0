import shlex
