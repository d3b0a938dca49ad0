import asyncssh

asyncssh.connect('switch.example')
