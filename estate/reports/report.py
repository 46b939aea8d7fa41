"""What a report is made of, and every figure that more than one writer shows: each is a sum of atomic rows.

The writers take their numbers from here, so that the page, the workbook and the feed cannot disagree. Amounts are
integer pence. The headline scenario is ``need`` (forecast-model.md 2.9) unless the version holds no such row.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from collectors.observation import UNIT_KINDS
from config.folder import OVERLAY
from estate.lifecycle.coverage import Knowledge
from estate.lifecycle.milestones import State
from estate.reports.bundle import Bundle
from estate.reports.totals import sums, totals
from estate.reports.wording import day

if TYPE_CHECKING:
    from estate.forecast.bridge import Bridge
    from estate.forecast.calendar import FinancialYear
    from estate.forecast.signature import Event
    from estate.forecast.version import CostedUnit, FeedRow, Version
    from estate.lifecycle.status import UnitStatus
    from estate.reports.extras import Extras
    from estate.reports.night import NightSummary

NEED = "need"
# Reasons for having no money that a price, a date or a policy would end: the need is then more than what is shown.
UNANSWERED = ("no_price", "no_date", "no_policy", "no_rate")


@dataclass(frozen=True, slots=True)
class Line:
    """A budget line as its rows describe it."""

    code: str
    name: str
    theme: str
    project: str
    cost_centre: str
    subjective: str


@dataclass(frozen=True)
class Report:
    """A forecast version, the support status of every unit on its date, and how the night before it went."""

    version: Version
    status: tuple[UnitStatus, ...] = ()
    night: NightSummary | None = None
    extras: Extras | None = None

    @property
    def signature(self) -> Event | None:
        """The event by which the version was signed, or None."""
        return self.extras.signature if self.extras else None

    @property
    def bridge(self) -> Bridge | None:
        """Why the version differs from an earlier one, or None."""
        return self.extras.bridge if self.extras else None

    @property
    def named(self) -> str:
        """The version and its state in words: ``Version 12, signed 14 January 2027 by A. Officer (minute 41)``."""
        version, event = self.version, self.signature
        by = f" {day(event.at.date())} by {event.by} ({event.reference})" if event else ""
        return f"Version {version.id}, {version.state}{by}"

    @property
    def edition(self) -> str:
        """The version in few words, for the foot of a printed page: ``Version 12, signed, as of 22 Nov 2026``."""
        told = f"Version {self.version.id}, {self.version.state}, as of {day(self.version.as_of)}"
        return f"WHAT IF - {told}" if self.what_if else told

    @property
    def what_if(self) -> str:
        """What is said first of all where rows of an overlay stand in for the estate's own; else blank."""
        over = sorted(name for name in self.version.inputs if name.startswith(OVERLAY))
        if not over:
            return ""
        return f"WHAT IF: rows of {', '.join(over)} stand in for the estate's own. Nobody has decided this."

    # ------------------------------------------------------------------------------------------------------- money

    @cached_property
    def feed(self) -> tuple[FeedRow, ...]:
        """Every atomic row of every scenario; a row of nothing is no row (2.16)."""
        return tuple(row for row in self.version.rows if row.amount_pence)

    @cached_property
    def cash(self) -> tuple[FeedRow, ...]:
        """The rows of the feed that may be added up together: every scenario in cash, without the real view."""
        return tuple(row for row in self.feed if row.counts)

    @cached_property
    def scenario(self) -> str:
        """The headline scenario."""
        found = sorted({row.scenario for row in self.feed})
        return NEED if NEED in found or not found else found[0]

    @cached_property
    def rows(self) -> tuple[FeedRow, ...]:
        """The atomic rows of the headline scenario, in cash."""
        return tuple(row for row in self.cash if row.scenario == self.scenario)

    @cached_property
    def years(self) -> tuple[FinancialYear, ...]:
        """The columns: the horizon, and any other year in which there is money."""
        return tuple(sorted({*self.version.horizon, *(row.fy for row in self.rows)}))

    @cached_property
    def total(self) -> int:
        """All the money of the headline scenario."""
        return sum(row.amount_pence for row in self.rows)

    @cached_property
    def by_year(self) -> Counter[FinancialYear]:
        """Money by financial year."""
        return sums(self.rows, lambda row: row.fy)

    @cached_property
    def by_split(self) -> Counter[tuple[FinancialYear, str]]:
        """Money by financial year and catch_up or keep_pace."""
        return sums(self.rows, lambda row: (row.fy, row.catch_up_keep_pace))

    @cached_property
    def cells(self) -> Counter[tuple[str, FinancialYear]]:
        """Money by line and financial year."""
        return sums(self.rows, lambda row: (row.line_code, row.fy))

    @cached_property
    def by_line(self) -> Counter[str]:
        """Money by line."""
        return sums(self.rows, lambda row: row.line_code)

    @cached_property
    def by_cap_rev(self) -> Counter[str]:
        """Money by C (capital) and R (revenue)."""
        return sums(self.rows, lambda row: row.cap_rev)

    @cached_property
    def by_confidence(self) -> Counter[str]:
        """Money by how well its date is known."""
        return sums(self.rows, lambda row: row.confidence)

    @cached_property
    def by_asset(self) -> Counter[str]:
        """Money by asset; what belongs to no asset stands under a blank."""
        return sums(self.rows, lambda row: row.asset_id)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Every line with money in any scenario or with funding, in order of its code."""
        found = {
            item["line"]: Line(
                item["line"],
                item.get("name") or "",
                item.get("theme") or "",
                item.get("project") or "",
                item.get("cost_centre") or "",
                item.get("subjective") or "",
            )
            for item in self.version.header.get("lines", ())
        }
        for row in self.feed:
            line = Line(row.line_code, "", row.theme, row.project_code, row.cost_centre, row.subjective_code)
            found.setdefault(row.line_code, line)
        used = {row.line_code for row in self.feed} | {item.line_code for item in self.version.funding}
        for code in used - found.keys() - {""}:
            found[code] = Line(code, "", "", "", "", "")
        return tuple(found[code] for code in sorted(found) if code in used)

    def facts(self, bundle_id: str) -> dict[str, Any]:
        """What the version's header says of a bundle in words and dates; empty where it says nothing."""
        return self._facts.get(bundle_id, {})

    @cached_property
    def _facts(self) -> dict[str, dict[str, Any]]:
        return {item["bundle_id"]: item for item in self.version.header.get("bundles", ())}

    @cached_property
    def bundles(self) -> tuple[Bundle, ...]:
        """What is bought, dearest first."""
        grouped: dict[str, list[FeedRow]] = {}
        for row in self.rows:
            if row.bundle_id:
                grouped.setdefault(row.bundle_id, []).append(row)
        bundles = (Bundle(name, tuple(rows)) for name, rows in grouped.items())
        return tuple(sorted(bundles, key=lambda bundle: (-bundle.amount_pence, bundle.bundle_id)))

    def bundle(self, bundle_id: str) -> Bundle | None:
        """What is bought under an id, or None where nothing of it costs money in these years."""
        return self._bundles.get(bundle_id)

    @cached_property
    def _bundles(self) -> dict[str, Bundle]:
        return {bundle.bundle_id: bundle for bundle in self.bundles}

    @cached_property
    def waiting(self) -> dict[str, dict[str, Any]]:
        """What a year's wait changes, by bundle (:mod:`estate.forecast.waiting`)."""
        return {item["bundle_id"]: item for item in self.version.header.get("waiting", ())}

    @cached_property
    def displaced(self) -> dict[str, dict[str, Any]]:
        """What the plan puts off, by bundle; empty where there is no plan."""
        return {item["bundle_id"]: item for item in self.version.header.get("plan", {}).get("displaced", ())}

    # ----------------------------------------------------------------------------------------------------- funding

    @cached_property
    def ledger(self) -> dict[str, dict[str, Any]] | None:
        """The gap's row of each year by its name (:mod:`estate.forecast.gap`); None for a version that holds none."""
        gap = self.version.header.get("gap")
        return {row["fy"]: row for row in gap["total"]} if gap else None

    def funded(self, level: str) -> Counter[FinancialYear]:
        """Approved funding of one level (released, in_principle, requested) by financial year; pending is none."""
        return totals(
            (item.fy, item.amount_pence)
            for item in self.version.funding
            if item.level == level and item.status != "pending"
        )

    @cached_property
    def pending(self) -> int:
        """Funding that waits for a decision, whatever its level."""
        return sum(item.amount_pence for item in self.version.funding if item.status == "pending")

    # ------------------------------------------------------------------------------------------------------ status

    @cached_property
    def statuses(self) -> dict[str, UnitStatus]:
        """The support status of a unit by its asset_id; what counts stands before an excluded duplicate of it."""
        ordered = sorted(self.status, key=lambda item: not item.excluded)
        return {item.unit.asset_id: item for item in ordered}

    @cached_property
    def costed(self) -> dict[str, CostedUnit]:
        """How the version treated a unit, by its asset_id."""
        return {unit.asset_id: unit for unit in self.version.units}

    @cached_property
    def population(self) -> tuple[UnitStatus, ...]:
        """The units that count: what is not in service, or not the council's, is listed but not counted."""
        return tuple(item for item in self.status if not item.excluded)

    @cached_property
    def equipment(self) -> tuple[UnitStatus, ...]:
        """The units that stand for themselves: chassis, stack members and boxes, not the parts inside them."""
        return tuple(item for item in self.population if item.unit.kind not in UNIT_KINDS)

    @cached_property
    def parts(self) -> tuple[UnitStatus, ...]:
        """The parts inside equipment: modules, power supplies, fans, optics, disks, licences."""
        return tuple(item for item in self.population if item.unit.kind in UNIT_KINDS)

    @cached_property
    def kinds(self) -> Counter[tuple[str, State]]:
        """How many units of each kind are in each state."""
        return totals(((item.unit.kind, item.state.state), item.unit.quantity) for item in self.population)

    def in_state(self, *states: State) -> tuple[UnitStatus, ...]:
        """The units in some states, the earliest date first."""
        found = (item for item in self.population if item.state.state in states)
        return tuple(sorted(found, key=lambda item: (str(item.state.date or ""), item.unit.asset_id)))

    @cached_property
    def covered_by_cost(self) -> dict[Knowledge, int]:
        """The replacement cost in pence of the priced units in scope, by what the lifecycle data says of them.

        All nothing for a version of an earlier release, which did not count it.
        """
        cells = self.version.header.get("coverage", {}).get("lifecycle", {})
        return {kind: cells.get(str(kind), {}).get("grc_pence", 0) for kind in Knowledge}

    @cached_property
    def past_support(self) -> tuple[UnitStatus, ...]:
        """The equipment past its date."""
        return tuple(item for item in self.equipment if item.state.state is State.UNSUPPORTED)

    @cached_property
    def past_support_pence(self) -> int:
        """What replacing the equipment past its date costs, as far as it is priced."""
        return sum(self.by_asset[asset_id] for asset_id in {item.unit.asset_id for item in self.past_support})

    @cached_property
    def unquantified(self) -> Counter[str]:
        """How many things have no money, by reason."""
        return Counter(item.reason for item in self.version.exceptions)

    @property
    def incomplete(self) -> bool:
        """Whether something has no money only because an answer is missing."""
        return any(self.unquantified[reason] for reason in UNANSWERED)
