def connect(user, password):
    return user, password
