"""From a costed bundle to the atomic rows of the feed: one asset's pence of one component (forecast-model.md 2.14)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from estate.forecast.bundles import pulled_forward
from estate.forecast.costs import LIST_COMPONENT
from estate.forecast.lines import Budget, Line, pence
from estate.forecast.need import AGE, DECISION
from estate.forecast.rules import COMPONENTS, LOW, MEDIUM, REVENUE, priority
from estate.forecast.split import rotate, split_components
from estate.forecast.version import FeedRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from estate.forecast.bundles import Bundle, Due
    from estate.forecast.calendar import FinancialYear
    from estate.forecast.costs import Amount, Costing
    from estate.forecast.lines import Site
    from estate.forecast.need import Rules

UNKNOWN_LINE = Line("", "", "", "", "", "", "", "")


@dataclass(frozen=True, slots=True)
class Ledger:
    """What turns amounts into rows: the lines, the entities, the horizon and the age at which a price is stale."""

    lines: Mapping[str, Line]
    sites: Mapping[str, Site]
    entity: str
    base_fy: FinancialYear
    years: int
    price_stale_months: int
    rules: Rules

    def within(self, year: FinancialYear) -> bool:
        """Whether a year lies inside the horizon."""
        return 0 <= year - self.base_fy < self.years

    def line(self, code: str) -> Line:
        """The line of a code; one without texts where lines.csv has none."""
        return self.lines.get(code, UNKNOWN_LINE)

    def criticality(self, due: Due) -> str:
        """How much hangs on the unit's site, in the council's own word; blank where sites.csv says nothing."""
        site = self.sites.get(due.unit.site or "")
        return site.criticality if site else ""

    def entity_of(self, due: Due) -> str:
        """Who pays: the unit's own entity, else its site's, else the council."""
        site = self.sites.get(due.unit.site or "")
        return due.unit.entity or (site.entity if site else "") or self.entity


def bundle_rows(bundle: Bundle, costing: Costing, ledger: Ledger) -> list[FeedRow]:
    """The rows of a bundle inside the horizon, one for each member and amount that is not 0."""
    weights = [member.unit.quantity for member in bundle.members]
    groups: dict[tuple[str, FinancialYear, str], list[Amount]] = defaultdict(list)
    for amount in costing.amounts:
        if ledger.within(amount.fy):
            groups[amount.scenario, amount.fy, amount.cap_rev].append(amount)
    rows = []
    facts = [_member_facts(bundle, member, ledger) for member in bundle.members]
    quantities = rotate(costing.bought, weights)
    listed = LIST_COMPONENT.get(bundle.lead.unit.kind, "hardware")
    for amounts in groups.values():
        amounts.sort(key=lambda amount: COMPONENTS.index(amount.component))
        shares = split_components([amount.pence for amount in amounts], weights)
        for amount, parts in zip(amounts, shares, strict=True):
            counts = quantities if amount.component == listed else [0] * len(weights)
            rows += [
                FeedRow(
                    scenario=amount.scenario,
                    cap_rev=amount.cap_rev,
                    fy=amount.fy,
                    year_index=amount.fy - ledger.base_fy,
                    component=amount.component,
                    qty=quantity,
                    amount_pence=part,
                    **fact,
                )
                for part, quantity, fact in zip(parts, counts, facts, strict=True)
                if part
            ]
    return rows


def _member_facts(bundle: Bundle, member: Due, ledger: Ledger) -> dict[str, str]:
    line = ledger.line(bundle.lead.line)
    winner = member.need.winner
    if winner is None:
        raise ValueError(f"{member.unit.asset_id} is in a bundle without a need date")
    again = bundle.generation > 1
    place = bundle.lead.policy.source if again else winner.place
    return {
        "entity": ledger.entity_of(member),
        "theme": line.theme,
        "line_code": bundle.lead.line,
        "project_code": line.project,
        "cost_centre": line.cost_centre,
        "subjective_code": line.subjective,
        "priority": MEDIUM if again else priority(winner.driver, member.policy.tier, member.policy.exposure),
        "catch_up_keep_pace": "catch_up" if member.need_by < ledger.rules.as_of and not again else "keep_pace",
        "driver": AGE if again else DECISION if member.override else winner.driver,
        "bundle_id": bundle.bundle_id,
        "asset_id": member.unit.asset_id,
        "confidence": "assumed" if again else winner.confidence,
        "flags": ";".join(member_flags(bundle, member, ledger)),
        "source_ref": ";".join(where for where in (bundle.lead.price.place, place) if where),
    }


def member_flags(bundle: Bundle, member: Due, ledger: Ledger) -> list[str]:
    """What a reader of a member's rows must know, as words in alphabetical order."""
    first = bundle.generation == 1
    # what was decided about the old kit says nothing about what is bought after it
    flags = {*(member.need.flags if first else ()), *bundle.flags}
    price = bundle.lead.price
    if price.is_class:
        flags.add("class_price")
    if price.is_starter:
        flags.add("starter_price")
    elif price.is_undated:
        flags.add("undated_price")
    if price.is_stale(ledger.rules.as_of, ledger.price_stale_months, ledger.rules.calendar):
        flags.add("stale_price")
    if bundle.schedule.late_days:
        flags.add("late")
    if first and len(bundle.members) > 1 and pulled_forward(member, bundle, ledger.rules):
        flags.add("pulled_forward")
    return sorted(flags)


def budget_rows(budget: Sequence[Budget], computed: set[str], ledger: Ledger) -> Iterator[FeedRow]:
    """What lines ask for in the horizon where no asset stands behind it (a team, a new capability).

    A line that is computed from assets is not asked for twice: its budget rows are left to ``estate budget``. Nothing
    says whether such money is capital, so by the rules it is revenue, UNCLASSIFIED.
    """
    for row in budget:
        amount = pence(row.amount)
        if not amount or row.line in computed or not ledger.within(row.fy):
            continue
        line = ledger.line(row.line)
        yield FeedRow(
            scenario="need",
            entity=ledger.entity,
            theme=line.theme,
            line_code=row.line,
            project_code=line.project,
            cost_centre=line.cost_centre,
            subjective_code=line.subjective,
            cap_rev=REVENUE,
            fy=row.fy,
            year_index=row.fy - ledger.base_fy,
            priority=LOW,
            catch_up_keep_pace="keep_pace",
            driver=DECISION,
            bundle_id="",
            asset_id="",
            component="fixed",
            qty=0,
            amount_pence=amount,
            confidence="assumed",
            flags="budget;unclassified",
            source_ref=row.source,
        )
