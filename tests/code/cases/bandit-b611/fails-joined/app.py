from django.db.models.expressions import RawSQL


def rank(name):
    return RawSQL('SELECT rank FROM users WHERE name = ' + name, [])
