def connect(user, password):
    return user, password


connect('app', password='swordfish')
