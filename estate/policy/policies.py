"""policy.csv: which rule of renewal a unit follows. The first row that matches wins; a blank matching cell is any."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from collectors.observation import KINDS
from config.cells import one_of, per_cent, positive, text, whole
from config.tables import Column, Table, by

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from estate.inventory.unit import Unit

# Beyond these a number is a typing mistake, and a date counted from it may lie outside the calendar.
MAX_DAYS = 3650
MAX_YEARS = 100
YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Policy:
    """A row of policy.csv (forecast-model.md section 4). Years and days are whole; ``source`` is ``policy.csv:row``."""

    policy: str
    kind: str | None
    role: str | None
    vendor: str | None
    part_number: str | None
    policy_age_years: int | None
    age_mode: str
    buffer_days: int
    lead_days: int
    install_days: int
    accounting_life_years: int | None
    ratio_new: int
    ratio_old: int
    contingency_pct: Decimal
    line: str | None
    tier: str
    exposure: str
    source: str

    @property
    def window_days(self) -> int:
        """How long before its binding date a unit counts as ending: the time that replacing it takes."""
        return self.lead_days + self.install_days + self.buffer_days

    def matches(self, unit: Unit) -> bool:
        """Whether this row covers a unit; a blank role of the unit matches only a row with a blank role."""
        return (
            (self.kind is None or self.kind == unit.kind)
            and like(self.role, unit.role)
            and like(self.vendor, unit.vendor)
            and like(self.part_number, unit.part_number)
        )

    @property
    def names_unit_below(self) -> bool:
        """Whether the row names a kind or part number, so that a unit below another may need it on its own."""
        return self.kind is not None or bool((self.part_number or "").strip("*"))


def like(pattern: str | None, value: str | None) -> bool:
    """Whether a matching cell covers a value, case-blind; ``*`` stands for any text, a blank cell for any value.

    A value that is not known is covered by a blank cell only.
    """
    if pattern is None:
        return True
    if value is None:
        return False
    return _compiled(pattern).fullmatch(value.casefold()) is not None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # only * is special: part numbers hold + . [ ] and ?
    return re.compile(".*".join(re.escape(part) for part in pattern.casefold().split("*")), re.DOTALL)


def _check(row: Policy) -> Iterator[tuple[str, str]]:
    for name in ("buffer_days", "lead_days", "install_days"):
        if getattr(row, name) > MAX_DAYS:
            yield name, f"{getattr(row, name)} days is more than ten years: a typing mistake?"
    if row.policy_age_years is not None and row.policy_age_years > MAX_YEARS:
        yield "policy_age_years", f"{row.policy_age_years} years is no age of a thing: write ignore as age_mode"
    if row.age_mode != "ignore" and row.policy_age_years is None:
        yield "policy_age_years", f"age_mode {row.age_mode} needs an age; write ignore where age never decides"
    if row.policy_age_years == 0:
        yield "policy_age_years", "an age of 0 would replace everything at once; leave it blank and write ignore"
    days = row.buffer_days + row.install_days
    if row.age_mode != "ignore" and row.policy_age_years and days >= row.policy_age_years * YEAR_DAYS:
        yield "buffer_days", f"{days} days of buffer and installation are all of an age of {row.policy_age_years} years"
    if row.contingency_pct < 0:
        yield "contingency_pct", f"{row.contingency_pct} would make a forecast smaller than its parts: write 0 or more"


POLICIES = Table(
    "policy",
    Policy,
    (
        Column("policy", required=True),
        Column("kind", one_of(*KINDS)),
        Column("role"),
        Column("vendor"),
        Column("part_number"),
        Column("policy_age_years", whole),
        Column("age_mode", one_of("hard", "soft", "ignore"), "ignore"),
        Column("buffer_days", whole, 0),
        Column("lead_days", whole, 0),
        Column("install_days", whole, 0),
        Column("accounting_life_years", positive),
        Column("ratio_new", positive, 1),
        Column("ratio_old", positive, 1),
        Column("contingency_pct", per_cent, Decimal(0)),
        Column("line", text),
        Column("tier", one_of("core", "edge", "other"), "other"),
        Column("exposure", one_of("internet", "internal"), "internal"),
    ),
    validate=_check,
    key=by("policy", "kind", "role", "vendor", "part_number"),
)


def policy_for(unit: Unit, policies: Sequence[Policy]) -> Policy | None:
    """The first row of policy.csv that matches a unit, or None."""
    return next((policy for policy in policies if policy.matches(unit)), None)
