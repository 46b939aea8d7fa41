"""software_policy.csv: which releases of its software a kind of device may run, and which one it should.

The first row that matches a device on a day counts; a blank matching cell is any, ``*`` stands for any text.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.observation import DEVICE_KINDS
from config.cells import date, one_of
from config.tables import Column, Table
from estate.policy.policies import like

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class SoftwareRule:
    """A row of software_policy.csv.

    ``platform`` is the name of a platform rule, as ``estate devices`` shows it. ``approved`` are releases, or trains by
    their vendor's name (17.9); ``preferred`` is the one to run. The row holds on the days from ``valid_from`` to
    ``valid_to``, both included. ``source`` is ``software_policy.csv:row``.
    """

    platform: str | None
    kind: str | None
    role: str | None
    approved: tuple[str, ...]
    preferred: str | None
    valid_from: dt.date | None
    valid_to: dt.date | None
    reason: str | None
    source: str

    def holds(self, day: dt.date) -> bool:
        """Whether the row is in force on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def covers(self, platform: str | None, kind: str | None, role: str | None) -> bool:
        """Whether it is about such a device."""
        return like(self.platform, platform) and like(self.kind, kind) and like(self.role, role)


def _releases(cell: str) -> tuple[str, ...]:
    return tuple(cell.split())


def _rule(*, approved: tuple[str, ...] | None, **rest: object) -> SoftwareRule:
    return SoftwareRule(approved=approved or (), **rest)  # type: ignore[arg-type] # checked by the columns


def _check(row: SoftwareRule) -> Iterator[tuple[str, str]]:
    if not row.approved and not row.preferred:
        yield "approved", "name at least one release, or a preferred one"
    if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
        yield "valid_to", f"{row.valid_to} lies before valid_from, {row.valid_from}"


SOFTWARE_POLICY = Table(
    "software_policy",
    _rule,
    (
        Column("platform"),
        Column("kind", one_of(*DEVICE_KINDS)),
        Column("role"),
        Column("approved", _releases),
        Column("preferred"),
        Column("valid_from", date),
        Column("valid_to", date),
        Column("reason"),
    ),
    validate=_check,
)


def rule_for(
    platform: str | None, kind: str | None, role: str | None, rules: Sequence[SoftwareRule], day: dt.date
) -> SoftwareRule | None:
    """The first row in force on a day that is about such a device, or None."""
    return next((rule for rule in rules if rule.holds(day) and rule.covers(platform, kind, role)), None)
