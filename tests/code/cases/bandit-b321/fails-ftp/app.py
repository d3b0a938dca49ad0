import ftplib

ftplib.FTP('files.example')
