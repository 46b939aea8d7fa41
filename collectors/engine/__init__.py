"""The SNMP engine: v1, v2c and v3, asked of many devices from one event loop (docs/snmp-engine.md).

From the octets up: :mod:`ber` reads and writes values, :mod:`message` the messages of v1 and v2c, :mod:`keys`,
:mod:`privacy` and :mod:`usm` those of v3; :mod:`walker` and :mod:`scalars` say what to ask next without knowing of
sockets; :mod:`conversation` asks one device, and :mod:`hub` carries the datagrams of all of them. :mod:`transport` is
the seam to the rest of the house.
"""
