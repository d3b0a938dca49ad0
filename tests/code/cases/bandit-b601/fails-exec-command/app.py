import paramiko


def run(host, name):
    ssh = paramiko.SSHClient()
    ssh.connect(host)
    ssh.exec_command('ls ' + name)
