from markupsafe import Markup


def greet(name):
    return Markup('<b>{}</b>').format(name)
