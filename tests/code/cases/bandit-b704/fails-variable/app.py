from markupsafe import Markup


def greet(name):
    return Markup(f'<b>{name}</b>')
