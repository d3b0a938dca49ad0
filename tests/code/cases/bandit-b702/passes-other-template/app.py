from string import Template


def page(text):
    return Template(text)
