import os

os.chmod('/etc/service.conf', 0o777)
