"""Which devices are software on somebody else's hardware: they need a licence, not a replacement."""

from __future__ import annotations

import re

# Product names of virtual appliances, and the serial that a hypervisor makes up for its guests.
_NAME = re.compile(
    r"\bvirtual (machine|appliance|platform|edition)\b|^(CSR1000V|C8000V|ASAv\d*|FTDv\d*|N9K-?9000v|NX-?OSv)"
    r"|^(vMX|vSRX|vQFX|PA-VM|FGVM|FortiGate-VM|vEOS|NSv)",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"^VMware-", re.IGNORECASE)


def is_virtual(model: str | None, part_number: str | None, serial: str | None) -> bool:
    """Whether model, part number or serial are those of a virtual machine."""
    return any(_NAME.search(text) for text in (model, part_number) if text) or bool(serial and _SERIAL.match(serial))
