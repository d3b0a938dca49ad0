from http.client import HTTPSConnection


def fetch(host):
    return HTTPSConnection(host)
