def close(connection):
    try:
        connection.close()
    except ConnectionError as error:
        print(error)
