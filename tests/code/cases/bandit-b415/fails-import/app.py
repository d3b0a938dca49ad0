import pyghmi.ipmi.command
