import os

password = os.environ['SERVICE_PASSWORD']
