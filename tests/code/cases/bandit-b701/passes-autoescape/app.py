import jinja2

environment = jinja2.Environment(autoescape=True)
