import defusedxml.pulldom


def read(text):
    return defusedxml.pulldom.parseString(text)
