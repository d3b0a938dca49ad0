import asyncssh
