from pysnmp.hlapi import UsmUserData


def user(authentication, privacy):
    return UsmUserData('monitor', authentication, privacy)
