"""A simulated estate on loopback: real captures behind a real SNMP agent, written screens behind a real SSH server.

Nothing here ever binds an address outside 127.0.0.0/8 or ::1.
"""
