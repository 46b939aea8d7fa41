"""When a unit must be replaced, why, and what a decision changes about it (forecast-model.md 2.3).

``need_by`` is the last good day: the least of the binding dates. ``plan_by`` is ``need_by`` unless a decision moves
it. From ``plan_by`` the schedule counts backwards in calendar days: live, deliver, order.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from estate.forecast.calendar import Calendar, FinancialYear
from estate.lifecycle.milestones import Match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from estate.inventory.unit import Unit
    from estate.policy.decisions import Decision
    from estate.policy.policies import Policy

SECURITY, SUPPORT, COMPLIANCE, CONTRACT, AGE = "security", "support", "compliance", "contract", "age"
DECISION = "decision"
TIES = (SECURITY, SUPPORT, COMPLIANCE, CONTRACT, AGE)
# Vendors keep support up for five years after the end of sale where they say nothing else (2.13, 1.3).
YEARS_AFTER_SALE = 5
# Which decision goes first (2.3 item 7). A deadline is a date, not a ruling: it stands among the candidates.
NOT_REPLACED = ("retire", "no_replacement", "cloud")
# What has happened goes before whatever was decided: see estate.forecast.placed.
DELIVERED, ORDERED = "delivered", "ordered"
PRECEDENCE = (DELIVERED, ORDERED, *NOT_REPLACED, "project", "override_fy", "waiver", "defer")
CONFIDENCE = ("dated", "estimated", "assumed")  # from best to worst


@dataclass(frozen=True, slots=True)
class Rules:
    """What the run holds for every unit. Pull-forward is in financial years."""

    as_of: dt.date
    calendar: Calendar
    cyber_essentials: bool = True
    max_pull_forward: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A date that could decide, whether it binds, how sure it is, and the file and row that say so."""

    driver: str
    date: dt.date
    basis: str
    binds: bool = True
    confidence: str = "dated"
    flag: str = ""
    place: str = ""

    @property
    def order(self) -> tuple[dt.date, int]:
        """The earliest first; ties as 2.3 breaks them."""
        return self.date, TIES.index(self.driver)


@dataclass(frozen=True, slots=True)
class Need:
    """A unit's need: every candidate, the winner, and the ruling that moves or stops it (or None)."""

    candidates: tuple[Candidate, ...]
    winner: Candidate | None
    ruling: Decision | None = None
    flags: tuple[str, ...] = ()

    @property
    def need_by(self) -> dt.date | None:
        """The last day on which the unit is as it should be; None: nobody knows."""
        return self.winner.date if self.winner else None

    @property
    def not_replaced(self) -> str:
        """The kind of decision for which no money is forecast for this unit, or blank."""
        kind = self.ruling.kind if self.ruling else ""
        return kind if kind in {DELIVERED, *NOT_REPLACED} else ""

    @property
    def override(self) -> FinancialYear | None:
        """The financial year into which a decision puts the money, or None."""
        ruling = self.ruling
        if ruling is None or not ruling.fy or ruling.kind not in {ORDERED, "override_fy", "project", "defer"}:
            return None
        return None if ruling.kind == "defer" and ruling.date else FinancialYear.parse(ruling.fy)

    @property
    def line(self) -> str | None:
        """The line of the project that pays instead of the policy's, or None (S13: each cost is in one line)."""
        return self.ruling.line if self.ruling and self.ruling.kind == "project" else None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When one bundle is ordered, delivered and live. ``late_days``: live so long after need_by."""

    need_by: dt.date
    plan_by: dt.date
    order_by: dt.date
    deliver_by: dt.date
    live_by: dt.date
    spend_fy: FinancialYear
    commit_fy: FinancialYear
    mrp_first_fy: FinancialYear
    late_days: int
    outside: bool = False


def add_years(day: dt.date, years: int) -> dt.date:
    """So many years on; 29 February becomes the 28th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def need_of(unit: Unit, policy: Policy, match: Match, decisions: Sequence[Decision], rules: Rules) -> Need:
    """Every candidate of a unit, the one that wins, and the ruling (2.3 items 1 and 7)."""
    deadlines = [item for item in decisions if item.kind == "deadline" and item.date]
    if unit.tenure == "leased":
        candidates = [*_lease(unit), *_deadlines(deadlines)]
    else:
        vendor = _vendor(match, binding=policy.exposure == "internet" or rules.cyber_essentials)
        candidates = [*vendor, *_deadlines(deadlines), *_contract(unit), *_age(unit, policy, known=bool(vendor))]
    candidates.sort(key=lambda candidate: candidate.order)
    winner = next((candidate for candidate in candidates if candidate.binds), None)
    ruling = ruling_of(decisions)
    flags = [winner.flag] if winner and winner.flag else []
    if unit.tenure == "leased":
        flags.append("leased")
    if unit.stale:
        flags.append("stale")
    if ruling is not None:
        flags.append(ruling.kind)
    return Need(tuple(candidates), winner, ruling, tuple(flags))


def ruling_of(decisions: Sequence[Decision]) -> Decision | None:
    """The decision that goes first among those in force, deadlines aside; of equals the first row."""
    rulings = [item for item in decisions if item.kind in PRECEDENCE]
    return min(rulings, key=lambda item: PRECEDENCE.index(item.kind), default=None)


def _vendor(match: Match, *, binding: bool) -> list[Candidate]:
    """Security and support dates; where only one is known it stands for both, so then it always binds."""
    security = match.dates.get("end_of_security_support")
    support = match.dates.get("end_of_support")
    late = match.latest_possible
    confidence, flag = ("estimated", "series_date") if late else ("dated", "")
    made = []
    if security is not None:
        binds = binding or support is None
        made.append(Candidate(SECURITY, security, "end_of_security_support", binds, confidence, flag, match.row))
    if support is not None:
        made.append(Candidate(SUPPORT, support, "end_of_support", True, confidence, flag, match.row))
    if not made and (sale := match.dates.get("end_of_sale")) is not None:
        date = add_years(sale, YEARS_AFTER_SALE)
        basis = f"end_of_sale + {YEARS_AFTER_SALE} years"
        made.append(Candidate(SUPPORT, date, basis, confidence="estimated", flag="estimated", place=match.row))
    return made


def _deadlines(deadlines: Sequence[Decision]) -> list[Candidate]:
    return [
        Candidate(COMPLIANCE, item.date, f"deadline {item.decision}", place=item.source)
        for item in deadlines
        if item.date
    ]


def _contract(unit: Unit) -> list[Candidate]:
    if unit.contract_end is None:
        return []
    return [Candidate(CONTRACT, unit.contract_end, "contract_end", place=unit.evidence.get("contract_end", ""))]


def _lease(unit: Unit) -> list[Candidate]:
    """Leased kit goes back: the lease's end less notice drives it, not the vendor's dates (2.13)."""
    if unit.lease_end is None:
        return []
    date = unit.lease_end - dt.timedelta(days=unit.notice_days)
    return [
        Candidate(
            CONTRACT, date, f"lease_end less {unit.notice_days} days' notice", place=unit.evidence.get("lease_end", "")
        )
    ]


def _age(unit: Unit, policy: Policy, *, known: bool) -> list[Candidate]:
    start, fact = unit.age_from
    if start is None or policy.age_mode == "ignore" or policy.policy_age_years is None:
        return []
    binds = policy.age_mode == "hard" or not known
    confidence = unit.age_confidence(fact)
    flag = "" if confidence == "dated" else f"age_from_{fact}"
    basis = f"{fact} {start} + {policy.policy_age_years} years ({policy.age_mode})"
    return [Candidate(AGE, add_years(start, policy.policy_age_years), basis, binds, confidence, flag, policy.source)]


def own_date(unit: Unit, need: Need) -> bool:
    """Whether a unit below another one has a date of its own: first seen or manufactured is not one (2.2)."""
    recorded = unit.purchased_on is not None
    return any(item.binds and (recorded or not item.flag.startswith("age_from_")) for item in need.candidates)


def plan_by(need: Need, policy: Policy, rules: Rules) -> dt.date:
    """``need_by``, unless an override or a waiver in force moves the plan (2.3 items 3 and 7)."""
    if need.need_by is None:
        raise ValueError("a unit without a need date has no plan")
    ruling, override = need.ruling, override_of(need, policy, rules)
    if override is not None:
        deliver = nearest(rules.calendar, override, _deliver_by(need.need_by, policy))
        return deliver + dt.timedelta(days=policy.install_days + policy.buffer_days)
    if ruling is None or ruling.kind not in {"waiver", "defer"}:
        return need.need_by
    until = ruling.expires if ruling.kind == "waiver" else ruling.date
    return max(need.need_by, until) if until else need.need_by


def override_of(need: Need, policy: Policy, rules: Rules) -> FinancialYear | None:
    """The year into which a decision puts a unit's money, or None; a deferral to before its need puts nothing off."""
    override, ruling = need.override, need.ruling
    if override is None or ruling is None or ruling.kind != "defer" or need.need_by is None:
        return override
    return None if override < rules.calendar.fy(_deliver_by(need.need_by, policy)) else override


def _deliver_by(need_by: dt.date, policy: Policy) -> dt.date:
    return need_by - dt.timedelta(days=policy.buffer_days + policy.install_days)


def nearest(calendar: Calendar, year: FinancialYear, day: dt.date) -> dt.date:
    """The day of a financial year that lies nearest to a day."""
    last = calendar.first_day(year + 1) - dt.timedelta(days=1)
    return min(max(day, calendar.first_day(year)), last)


def schedule(
    need_by: dt.date, plan: dt.date, policy: Policy, rules: Rules, override: FinancialYear | None = None
) -> Schedule:
    """Dates of a bundle: backwards from the plan, or from today where that is too late (2.3 items 3 to 5).

    An approved override is kept even where it cannot be met or comes after the need; then ``outside`` says so.
    """
    install, lead = dt.timedelta(days=policy.install_days), dt.timedelta(days=policy.lead_days)
    live = plan - dt.timedelta(days=policy.buffer_days)
    deliver = live - install
    earliest = rules.as_of + lead
    fy = rules.calendar.fy
    outside, late = False, 0
    if override is not None:
        latest = need_by - dt.timedelta(days=policy.buffer_days) - install
        outside = not fy(earliest) <= override <= max(fy(latest), fy(earliest))
        if deliver < earliest and fy(earliest) == override:
            deliver, live = earliest, earliest + install
    elif deliver < earliest:
        deliver, live = earliest, earliest + install
    late = max(0, (live - need_by).days)
    return Schedule(
        need_by=need_by,
        plan_by=plan,
        order_by=deliver - lead,
        deliver_by=deliver,
        live_by=live,
        spend_fy=fy(deliver),
        commit_fy=fy(deliver - lead),
        mrp_first_fy=max(fy(deliver), fy(live)) + 1,
        late_days=late,
        outside=outside,
    )
