from django.contrib.auth.models import User


def find(name):
    return User.objects.filter(name=name)
