password = 'swordfish'
