def connect(user, password):
    return user, password


def start(given):
    return connect('app', password=given)
