"""The SNMP engine, from octets to whole polls."""
