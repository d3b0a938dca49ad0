from mako.template import Template


def page(text):
    return Template(text)
