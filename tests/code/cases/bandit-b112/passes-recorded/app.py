def close(connections):
    for connection in connections:
        try:
            connection.close()
        except Exception as error:
            print(error)
