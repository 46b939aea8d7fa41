"""What a device answered, before anything is made of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from collectors.observation import Component
from collectors.transport import Value

SYS_DESCR = "1.3.6.1.2.1.1.1.0"
SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0"
SYS_UPTIME = "1.3.6.1.2.1.1.3.0"
SYS_NAME = "1.3.6.1.2.1.1.5.0"
SYS_LOCATION = "1.3.6.1.2.1.1.6.0"
SYSTEM = (SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME, SYS_NAME, SYS_LOCATION)

_OID_TEXT = re.compile(rb"\.?1\.3(?:\.\d+){2,40}")


@dataclass(frozen=True, slots=True)
class Answers:
    """All that a device answered: system group and vendor scalars, vendor columns, parts of ENTITY-MIB and others.

    ``private`` are objects below an enterprise number that were read without knowing what they are: the vendor's own,
    or, of a device that calls itself by its agent's number, the first other one that it answers below.
    """

    scalars: Mapping[str, Value]
    columns: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    parts: tuple[Component, ...] = ()
    vendor_parts: tuple[Component, ...] = ()
    private: Mapping[str, Value] = field(default_factory=dict)


def object_id(scalars: Mapping[str, Value]) -> str | None:
    """The sysObjectID without leading dots, or None; some agents write it as text."""
    value = scalars.get(SYS_OBJECT_ID)
    if isinstance(value, bytes) and _OID_TEXT.fullmatch(value):
        value = value.decode("ascii")
    return value.strip(".") if isinstance(value, str) and value.strip(".") else None
