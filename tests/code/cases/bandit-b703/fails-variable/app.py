from django.utils.safestring import mark_safe


def greet(name):
    return mark_safe(f'<b>{name}</b>')
