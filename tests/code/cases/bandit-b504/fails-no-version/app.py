import ssl


def wrap(connection):
    return ssl.wrap_socket(connection)
