import paramiko


def run(host, name):
    ssh = paramiko.SSHClient()
    ssh.connect(host)
    return ssh.open_sftp().listdir(name)
