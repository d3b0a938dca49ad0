import telnetlib

telnetlib.Telnet('switch.example')
