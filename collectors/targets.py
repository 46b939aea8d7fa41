"""targets.csv: whom to ask, and how.

A target may name two credentials, one for SNMP and one for SSH, separated by a blank or ``;``; its ports stand in the
same order, ``-`` for the usual one. A single port belongs to the first credential.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from config.cells import one_of, positive, text
from config.errors import UsageError
from config.tables import Column, Table

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


MAX_PORT: Final = 65_535
# One for SNMP, one for SSH.
MAX_CREDENTIALS: Final = 2


@dataclass(frozen=True, slots=True)
class Way:
    """A credential, and the port at which it is used (None: the usual one)."""

    credential: str | None
    port: int | None


@dataclass(frozen=True, slots=True)
class Target:
    """A row of targets.csv: an address to ask, and how. ``name`` is the device's name everywhere else.

    ``credential`` and ``port`` are the first ones of the row; ``others`` are those behind them.
    """

    address: str
    name: str
    site: str | None
    role: str | None
    credential: str | None
    transport: str
    port: int | None
    tags: tuple[str, ...]
    source: str
    others: tuple[Way, ...] = ()

    @property
    def ways(self) -> tuple[Way, ...]:
        """Every credential with its port, in the order of the row."""
        return (Way(self.credential, self.port), *self.others)

    def by(self, way: Way, transport: str) -> Target:
        """The target as it is asked over one transport: with one credential, and its port."""
        return replace(self, credential=way.credential, port=way.port, transport=transport, others=())


def _target(
    *,
    name: str | None,
    address: str,
    credential: tuple[str, ...] | None,
    port: tuple[int | None, ...] | None,
    tags: tuple[str, ...] | None,
    **rest: object,
) -> Target:
    first, *others = [Way(*pair) for pair in zip_longest(credential or (), port or ())] or [Way(None, None)]
    return Target(
        address=address,
        name=name or address,
        credential=first.credential,
        port=first.port,
        tags=tags or (),
        others=tuple(others),
        **rest,  # type: ignore[arg-type] # checked by the columns
    )


def _words(cell: str) -> tuple[str, ...]:
    return tuple(word for word in re.split(r"[;\s]+", text(cell)) if word)


def _ports(cell: str) -> tuple[int | None, ...]:
    return tuple(None if word == "-" else positive(word) for word in _words(cell))


def _check(row: Target) -> Iterator[tuple[str, str]]:
    for way in row.ways:
        if way.port is not None and way.port > MAX_PORT:
            yield "port", f"{way.port} is not a port (1 to {MAX_PORT})"
    named = [way.credential for way in row.ways if way.credential]
    if not named:
        yield "credential", "name a credential of credentials.toml"
    elif len(named) < len(row.ways):
        yield "port", "there are more ports than credentials: they stand in the same order, - for the usual port"
    if len(named) > MAX_CREDENTIALS:
        yield "credential", f"names {len(named)} credentials: one for SNMP and one for SSH is all that a target takes"


TARGETS = Table(
    "targets",
    _target,
    (
        Column("address", address, required=True),
        Column("name"),
        Column("site"),
        Column("role"),
        Column("credential", _words),
        Column("transport", one_of("snmp", "ssh", "auto"), "auto"),
        Column("port", _ports),
        Column("tags", _words),
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
