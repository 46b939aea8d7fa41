"""targets.csv: whom to ask, and how."""

from __future__ import annotations

import fnmatch
import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from config.errors import UsageError
from config.tables import Column, Table, one_of, positive, text

_HOST = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})?)*\.?", re.ASCII
)


def address(cell: str) -> str:
    """An IPv4 or IPv6 address, or a host name."""
    try:
        return str(ipaddress.ip_address(cell))
    except ValueError:
        if re.fullmatch(r"[\d.]+|.*[:/].*", cell) or not _HOST.fullmatch(cell):
            raise ValueError(f"{cell!r} is neither an address nor a host name") from None
        return cell


@dataclass(frozen=True, slots=True)
class Target:
    """A row of targets.csv: an address to ask, and how. ``name`` is the device's name everywhere else."""

    address: str
    name: str
    site: str | None
    role: str | None
    credential: str | None
    transport: str
    port: int | None
    tags: tuple[str, ...]
    source: str


def _target(*, name: str | None, address: str, tags: tuple[str, ...] | None, **rest: object) -> Target:
    return Target(address=address, name=name or address, tags=tags or (), **rest)  # type: ignore[arg-type] # checked by the columns


def _tags(cell: str) -> tuple[str, ...]:
    return tuple(tag for tag in re.split(r"[;\s]+", text(cell)) if tag)


def _check(row: Target) -> Iterator[tuple[str, str]]:
    if row.port is not None and row.port > 65535:  # noqa: PLR2004 - the highest port
        yield "port", f"{row.port} is not a port (1 to 65535)"
    if row.credential is None:
        yield "credential", "name a credential of credentials.toml"


TARGETS = Table(
    "targets",
    _target,
    (
        Column("address", address, required=True),
        Column("name"),
        Column("site"),
        Column("role"),
        Column("credential"),
        Column("transport", one_of("snmp", "ssh", "auto"), "auto"),
        Column("port", positive),
        Column("tags", _tags),
    ),
    validate=_check,
)


def select(targets: Sequence[Target], sites: Sequence[str], names: Sequence[str]) -> list[Target]:
    """The targets of the given sites and names (``*`` allowed, case-blind); all where nothing is given.

    Raises:
        UsageError: when a pattern fits no target.
    """
    for option, patterns, values in (
        ("--site", sites, [target.site for target in targets]),
        ("--name", names, [target.name for target in targets]),
    ):
        for pattern in patterns:
            if not any(_fits(value, [pattern]) for value in values):
                raise UsageError(f"{option} {pattern}: no target in targets.csv fits")
    return [target for target in targets if _fits(target.site, sites) and _fits(target.name, names)]


def _fits(value: str | None, patterns: Sequence[str]) -> bool:
    if not patterns:
        return True
    return any(fnmatch.fnmatchcase((value or "").casefold(), pattern.casefold()) for pattern in patterns)
