def remove(user):
    assert user.is_admin
    user.delete()
