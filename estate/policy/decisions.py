"""decisions.csv: what the council has decided about single units, devices, sites or kinds, and until when it holds.

A decision is about every unit that its matching columns name: serial, device, site, part_number, policy and line, a
blank one being any. Only for a ``project`` the line does not match: it names the line that pays for what the project
covers. What a decision does to dates and money is the forecast's (forecast-model.md 2.3, rule 7).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.cells import date, one_of
from config.tables import Column, Table, by
from estate.policy.policies import like

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from estate.inventory.unit import Unit

KINDS = ("waiver", "defer", "retire", "no_replacement", "cloud", "override_fy", "project", "deadline")
# What a kind of decision cannot do without, and why; of a group in one tuple one is enough.
NEEDS: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "waiver": (
        (("expires",), "a waiver ends: name its last day"),
        (("approver",), "a waiver is a risk that somebody accepts: name who"),
    ),
    "defer": (
        (("date", "fy"), "to when is it deferred? Fill date or fy"),
        (("approver",), "who approved the later date?"),
    ),
    "override_fy": (
        (("fy",), "which financial year, such as 2027/28?"),
        (("approver",), "who approved the year?"),
    ),
    "project": ((("line",), "which line pays for the project?"),),
    "deadline": ((("date",), "by which day must it be gone?"),),
    "retire": ((("date", "approver"), "when, or who decided it? Fill date or approver"),),
    "no_replacement": ((("approver",), "who decided that nothing replaces it?"),),
    "cloud": ((("approver",), "who decided that a service replaces it?"),),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """A row of decisions.csv (forecast-model.md section 4).

    ``date`` is the deadline, or the day to which something is deferred or on which it retires; ``fy`` a financial year
    as text, ``2027/28``; ``expires`` the last day on which the decision holds. ``source`` is ``decisions.csv:row``.
    """

    decision: str
    kind: str
    line: str | None
    date: dt.date | None
    serial: str | None
    device: str | None
    site: str | None
    part_number: str | None
    policy: str | None
    fy: str | None
    expires: dt.date | None
    approver: str | None
    decided_on: dt.date | None
    reference: str | None
    reason: str | None
    source: str

    def holds(self, as_of: dt.date) -> bool:
        """Whether it was taken by that day and has not expired; it holds on its last day."""
        return (self.decided_on is None or self.decided_on <= as_of) and (self.expires is None or as_of <= self.expires)

    def sentence(self) -> str:
        """What it is and until when, for people: ``waiver W-12 until 2027-03-31``, ``defer D-3 to 2028/29``."""
        until = f" to {self.date or self.fy}" if self.date or self.fy else ""
        until += f" until {self.expires}" if self.expires else ""
        return f"{self.kind} {self.decision}{until}"

    def covers(self, unit: Unit, policy_name: str | None, line: str | None) -> bool:
        """Whether it is about this unit, which follows this policy and is paid from this line."""
        return (
            like(self.serial, unit.serial)
            and like(self.device, unit.device)
            and like(self.site, unit.site)
            and like(self.part_number, unit.part_number)
            and like(self.policy, policy_name)
            and (self.kind == "project" or like(self.line, line))
        )


def _financial_year(cell: str) -> str:
    found = re.fullmatch(r"((?:19|20|21)\d\d)/(\d\d)", cell, re.ASCII)
    if not found:
        raise ValueError(f"{cell!r} is not a financial year: write 2026/27")
    if (int(found[1]) + 1) % 100 != int(found[2]):
        raise ValueError(f"{cell!r} is not one year: after {found[1]} comes {(int(found[1]) + 1) % 100:02d}")
    return cell


def _check(row: Decision) -> Iterator[tuple[str, str]]:
    for names, reason in NEEDS[row.kind]:
        if all(getattr(row, name) is None for name in names):
            yield names[0], f"{row.kind}: {reason}"
    matching = [row.serial, row.device, row.site, row.part_number, row.policy]
    if row.kind != "project":
        matching.append(row.line)
    if all(value is None or not value.strip("*") for value in matching):
        yield "serial", "the decision would be about everything: name a serial, device, site, part number or policy"
    if row.expires and row.decided_on and row.expires < row.decided_on:
        yield "expires", f"{row.expires} lies before the decision, {row.decided_on}"


DECISIONS = Table(
    "decisions",
    Decision,
    (
        Column("decision", required=True),
        Column("kind", one_of(*KINDS), required=True),
        Column("line"),
        Column("date", date),
        Column("serial"),
        Column("device"),
        Column("site"),
        Column("part_number"),
        Column("policy"),
        Column("fy", _financial_year),
        Column("expires", date),
        Column("approver"),
        Column("decided_on", date),
        Column("reference"),
        Column("reason"),
    ),
    validate=_check,
    key=by("decision"),
)


def decisions_for(
    unit: Unit, policy_name: str | None, line: str | None, decisions: Sequence[Decision], as_of: dt.date
) -> tuple[Decision, ...]:
    """The decisions about a unit that hold on a day, in the order of the file."""
    return tuple(item for item in decisions if item.holds(as_of) and item.covers(unit, policy_name, line))
