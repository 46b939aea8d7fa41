"""Which sections of an observation say what: read off where each fact was found."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collectors.observation import Component

_ENTITY_MIB = "1.3.6.1.2.1.47."
_OID = re.compile(r"\d+(\.\d+)+", re.ASCII)


@lru_cache(1 << 16)
def section_of(where: str) -> str:
    """The section that an evidence string (an OID instance, or a command) belongs to."""
    if where.startswith(_ENTITY_MIB):
        return "entity"
    if where.startswith("1.3.6.1.2.1.1."):
        return "system"
    return "vendor" if _OID.fullmatch(where) else "ssh"


def read_in(item: Component) -> frozenset[str]:
    """The sections that a component's evidence belongs to."""
    return frozenset(map(section_of, filter(None, item.where.values())))


def sections_of(item: Component, read: set[str]) -> frozenset[str]:
    """The sections that a component was read from; where it does not say, the fullest one that was read."""
    if where := read_in(item) - {"system"}:
        # what SNMP lists by its serial number, SNMP alone can take away: SSH only says more of it
        own = where - {"ssh"} if section_of(item.where.get("serial") or "1.3") != "ssh" else where
        return (own or where) & read
    return frozenset([name for name in ("entity", "vendor", "ssh", "system") if name in read][:1])
