import ssl


def wrap(connection, version=ssl.PROTOCOL_TLS_CLIENT):
    return connection, version
