def remove(user):
    if not user.is_admin:
        raise PermissionError(user.name)
    user.delete()
