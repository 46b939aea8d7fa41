"""Which devices are software on somebody else's hardware: they need a licence, not a replacement."""

from __future__ import annotations

import re

# Product names of virtual appliances as their vendors write them, and the makers that hypervisors and clouds give.
_NAME = re.compile(
    r"\bvirtual (machine|appliance|platform|edition|firewall)\b|^VMware(7|20),1\b|^(KVM|QEMU)$"
    r"|^(Standard PC \(|Google Compute Engine|OpenStack (Nova|Compute)|HVM domU|Bochs\b)|^Amazon EC2\b"
    r"|^(CSR1000V|C8000V|ASAv\d*|FTDv\d*|FMCv|N9K-?9[0-9]00v|NX-?OSv|IOSv|IOSvL2|XRv|IOS-?XRv|C9800-CL|vWLC|ISRV)\b"
    r"|^(vMX|vSRX|vQFX|vJunos|PA-VM|VM-\d{2,4}$|FGVM|FortiGate-VM|Forti\w+-VM|FGT_VM|vEOS|NSv|vThunder|VTPS)"
    r"|^(BIG-IP Virtual Edition|Aruba-?VMC|MC-VA|Riverbed Virtual|VCX\d|CloudGuard|NetScaler VPX|TE-V\d|IB-V\d|vLM-)",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"^VMware-|^FGVM|^FMG-VM|^FAZ-VM", re.IGNORECASE)


def is_virtual(model: str | None, part_number: str | None, serial: str | None) -> bool:
    """Whether model, part number or serial are those of a virtual machine."""
    return any(_NAME.search(text) for text in (model, part_number) if text) or bool(serial and _SERIAL.match(serial))
