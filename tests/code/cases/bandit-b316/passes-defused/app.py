import defusedxml.expatbuilder


def read(name):
    return defusedxml.expatbuilder.parse(name)
