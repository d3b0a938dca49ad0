import defusedxml.minidom


def read(text):
    return defusedxml.minidom.parseString(text)
