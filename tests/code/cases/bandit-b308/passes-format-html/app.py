from django.utils.html import format_html


def greet(name):
    return format_html('<b>{}</b>', name)
