def close(connection):
    try:
        connection.close()
    except Exception:
        pass
