def connect(user, password='swordfish'):
    return user, password
