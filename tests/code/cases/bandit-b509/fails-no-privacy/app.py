from pysnmp.hlapi import UsmUserData

UsmUserData('monitor')
