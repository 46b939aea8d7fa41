"""Where LLDP, CDP and FDP keep the neighbours of a device.

Sources: LLDP-MIB (IEEE 802.1AB-2005), which Arista, Cisco, Extreme, H3C, HP, Huawei, Juniper, MikroTik and nearly all
others implement; LLDP-V2-MIB (IEEE 802.1AB-2009), read where the first is absent, as on Palo Alto; CISCO-CDP-MIB, which
HP implements too; FOUNDRY-SN-SWITCH-GROUP-MIB for FDP of Foundry and Brocade.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Protocol:
    """Where a protocol's table stands. ``key`` is the column that every entry has; ``port_at`` its place in the index.

    ``row_at`` are the places of the index that name an entry for good: LLDP's begin with a time that changes.
    ``managed`` is the table whose index holds management addresses. ``own_port`` and ``own_text`` are what it calls the
    ports itself, where it numbers them in its own way.
    """

    name: str
    key: str
    columns: Mapping[str, str]
    port_at: int
    row_at: tuple[int, ...]
    own_chassis: str = ""
    managed: str = ""
    own_port: str = ""
    own_text: str = ""

    @property
    def wanted(self) -> tuple[str, ...]:
        """What is walked to read its entries."""
        return (*self.columns.values(), *((self.managed,) if self.managed else ()))


def _columns(root: str, **numbers: int) -> dict[str, str]:
    return {name: f"{root}.{number}" for name, number in numbers.items()}


_LLDP_ROOT, _LLDP2_ROOT = "1.0.8802.1.1.2.1", "1.3.111.2.802.1.1.13.1"
LLDP: Final = Protocol(
    "lldp",
    f"{_LLDP_ROOT}.4.1.1.5",
    _columns(
        f"{_LLDP_ROOT}.4.1.1", kind=4, chassis=5, port_kind=6, port=7, port_text=8, name=9, description=10, can=12
    ),
    port_at=1,
    row_at=(1, 2),
    own_chassis=f"{_LLDP_ROOT}.3.2.0",
    managed=f"{_LLDP_ROOT}.4.2.1.3",
    own_port=f"{_LLDP_ROOT}.3.7.1.3",
    own_text=f"{_LLDP_ROOT}.3.7.1.4",
)
LLDP2: Final = Protocol(
    "lldp",
    f"{_LLDP2_ROOT}.4.1.1.6",
    _columns(
        f"{_LLDP2_ROOT}.4.1.1", kind=5, chassis=6, port_kind=7, port=8, port_text=9, name=10, description=11, can=13
    ),
    port_at=1,
    row_at=(1, 2, 3),
    own_chassis=f"{_LLDP2_ROOT}.3.2.0",
    managed=f"{_LLDP2_ROOT}.4.2.1.3",
)
CDP: Final = Protocol(
    "cdp",
    "1.3.6.1.4.1.9.9.23.1.2.1.1.6",
    _columns(
        "1.3.6.1.4.1.9.9.23.1.2.1.1",
        address=4, version=5, name=6, port=7, platform=8, can=9, sys_name=17, address2=20,
    ),
    port_at=0,
    row_at=(0, 1),
)  # fmt: skip
FDP: Final = Protocol(
    "fdp",
    "1.3.6.1.4.1.1991.1.1.3.20.1.2.1.1.3",
    _columns("1.3.6.1.4.1.1991.1.1.3.20.1.2.1.1", name=3, address=5, version=6, port=7, platform=8, can=9),
    port_at=0,
    row_at=(0, 1),
)
PROTOCOLS: Final = (LLDP, LLDP2, CDP, FDP)
