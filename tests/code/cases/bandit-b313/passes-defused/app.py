import defusedxml.ElementTree as tree


def read(name):
    return tree.parse(name)
