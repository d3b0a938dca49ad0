from http.client import HTTPSConnection

HTTPSConnection('files.example')
