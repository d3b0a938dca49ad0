access = 'user'
if access != 'none\u202e':
    print('allowed')
