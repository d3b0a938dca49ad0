import xml.dom.expatbuilder


def read(name):
    return xml.dom.expatbuilder.parse(name)
