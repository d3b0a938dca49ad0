from paramiko import client

ssh = client.SSHClient()
ssh.set_missing_host_key_policy(client.RejectPolicy)
