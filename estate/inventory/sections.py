"""Which sections of an observation say what: read off where each fact was found."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from collectors.observation import SSH_SECTION

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
    return "vendor" if _OID.fullmatch(where) else SSH_SECTION


def read_in(item: Component) -> frozenset[str]:
    """The sections that a component's evidence belongs to."""
    return frozenset(map(section_of, filter(None, item.where.values())))


def sections_of(item: Component, read: set[str]) -> frozenset[str]:
    """The sections that a component was read from; where it does not say, the fullest one that was read."""
    if where := read_in(item) - {"system"}:
        # what SNMP lists by its serial number, SNMP alone can take away: SSH only says more of it
        own = where - {SSH_SECTION} if section_of(item.where.get("serial") or "1.3") != SSH_SECTION else where
        return (own or where) & read
    return frozenset([name for name in ("entity", "vendor", SSH_SECTION, "system") if name in read][:1])


def second_best(old: str | None, new: str | None, doubted: set[str]) -> bool:
    """Whether a value stands in for one that could not be read: its better place was cut off, and it has another."""
    if old is None or section_of(old) not in doubted:
        return False
    # SSH has no better place: it fills what SNMP leaves blank, and SNMP has now said it
    if section_of(old) == SSH_SECTION:
        return new is None
    return new is None or section_of(new) != section_of(old)
