import ssl


def wrap(connection):
    return ssl.wrap_socket(connection, ssl_version=ssl.PROTOCOL_TLSv1)
