from django.utils.safestring import mark_safe

BANNER = mark_safe('<b>hello</b>')
