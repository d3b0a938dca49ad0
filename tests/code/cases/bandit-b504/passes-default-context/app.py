import ssl


def wrap(connection):
    return ssl.create_default_context().wrap_socket(connection, server_hostname='example.org')
