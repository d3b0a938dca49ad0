import xml.etree.cElementTree as tree


def read(name):
    return tree.parse(name)
