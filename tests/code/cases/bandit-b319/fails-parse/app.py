import xml.dom.pulldom


def read(text):
    return xml.dom.pulldom.parseString(text)
