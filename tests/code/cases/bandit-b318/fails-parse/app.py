import xml.dom.minidom


def read(text):
    return xml.dom.minidom.parseString(text)
