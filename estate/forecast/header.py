"""What stands above a version's rows: totals, coverage, and every sentence that a reader must not miss.

The keys are described in :mod:`estate.forecast.version`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from config.folder import OVERLAY
from estate.forecast.costs import total
from estate.forecast.need import AGE, CONFIDENCE
from estate.forecast.outlook import told
from estate.forecast.real import deflators
from estate.forecast.rows import member_flags
from estate.forecast.rules import HIGH, MEDIUM, is_key_decision, priority
from estate.forecast.scenarios import stated
from estate.forecast.split import to_pence
from estate.forecast.standing import COVERED, EXCLUDED, IN_SCOPE, NO_MATCH
from estate.lifecycle.coverage import Knowledge, knowledge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from estate.forecast.bundles import Bundle
    from estate.forecast.calendar import FinancialYear
    from estate.forecast.costs import Costing
    from estate.forecast.inputs import Inputs
    from estate.forecast.result import Result
    from estate.forecast.rows import Ledger

UNPRICED = ("no_price", "no_rate")


def header(inputs: Inputs, result: Result, ledger: Ledger, ahead: dict[str, Any]) -> dict[str, Any]:
    """The header of a version; ``ahead`` is what :func:`estate.forecast.outlook.outlook` made of it."""
    warnings, assumptions = told(ahead)
    years = [str(inputs.base_fy + offset) for offset in range(inputs.years)]
    coverage = _coverage(inputs, result)
    return {
        "scenarios": list(inputs.scenarios),
        "totals": _totals(inputs, result, years),
        "cap_rev": _cap_rev(inputs, result, years),
        "beyond": _beyond(inputs, result, ledger),
        "lines": _lines(inputs, result),
        "bundles": [_bundle(item, costing, inputs, ledger) for item, costing in result.costed if costing],
        "assumptions": [*_assumptions(inputs, result, ledger), *assumptions],
        "warnings": [*_warnings(inputs, result, ledger, coverage), *warnings],
        "coverage": coverage,
        "settings": {name: _text(value) for name, value in asdict(inputs.parameters).items() if name != "engine"},
        "engine": inputs.parameters.engine,
        "price_base": "cash",
        "deflators": deflators(result.worth.indices, inputs.base_fy, inputs.years),
        "key_decision_pence": to_pence(inputs.parameters.key_decision_gbp),
        "fiscal_year_start": inputs.parameters.fiscal_year_start,
        "files": {
            "policy": len(inputs.policies),
            "prices": len(inputs.prices),
            "indices": len(inputs.indices),
            "fx": len(inputs.fx),
            "lines": len(inputs.lines),
            "budget": len(inputs.budget),
            "funding": len(inputs.funding),
            "sites": len(inputs.sites),
            "decisions": len(inputs.decisions),
            "actuals": len(inputs.actuals),
            "sharing": len(inputs.sharing),
        },
        **ahead,
        **inputs.attached,
    }


def _text(value: object) -> str:
    """A setting as text; a table as ``switch=300, ...``, and what is not set as blank."""
    if isinstance(value, tuple):
        return ", ".join(f"{name}={item}" for name, item in value)
    return "" if value is None else str(value)


def _totals(inputs: Inputs, result: Result, years: list[str]) -> dict[str, dict[str, dict[str, int]]]:
    totals: dict[str, dict[str, dict[str, int]]] = {scenario: {} for scenario in inputs.scenarios}
    for row in result.rows:
        cells = totals[row.scenario].setdefault(row.line_code, dict.fromkeys(years, 0))
        cells[str(row.fy)] += row.amount_pence
    return totals


def _cap_rev(inputs: Inputs, result: Result, years: list[str]) -> dict[str, dict[str, dict[str, int]]]:
    cut = {scenario: {code: dict.fromkeys(years, 0) for code in "CR"} for scenario in inputs.scenarios}
    for row in result.rows:
        cut[row.scenario][row.cap_rev][str(row.fy)] += row.amount_pence
    return cut


def _beyond(inputs: Inputs, result: Result, ledger: Ledger) -> dict[str, dict[str, int]]:
    outside: dict[str, Counter[str]] = {scenario: Counter() for scenario in inputs.scenarios}
    for _, costing in result.strands:
        for amount in costing.amounts if costing else ():
            if amount.scenario in outside and not ledger.within(amount.fy):
                outside[amount.scenario][str(amount.fy)] += amount.pence
    return {scenario: dict(sorted(years.items())) for scenario, years in outside.items()}


def _lines(inputs: Inputs, result: Result) -> list[dict[str, str]]:
    used = sorted({row.line_code for row in result.rows} - {line.line for line in inputs.lines})
    listed = [{**asdict(line)} for line in inputs.lines]
    for line in listed:
        del line["source"]
    blank = dict.fromkeys(("name", "theme", "status", "cost_centre", "subjective", "project"), "")
    return [*listed, *({"line": code, **blank} for code in used)]


def _bundle(item: Bundle, costing: Costing, inputs: Inputs, ledger: Ledger) -> dict[str, Any]:
    times, lead = item.schedule, item.lead
    spent = total(costing.amounts, "need")
    first = min(item.members, key=lambda member: (member.need_by, member.unit.asset_id))
    winner = first.need.winner
    first_generation = item.generation == 1
    driver = (winner.driver if winner else "") if first_generation else AGE
    worst = max((member.need.winner.confidence for member in item.members if member.need.winner), key=CONFIDENCE.index)
    ranks = {priority(m.need.winner.driver, m.policy.tier, m.policy.exposure) for m in item.members if m.need.winner}
    return {
        "bundle_id": item.bundle_id,
        "generation": item.generation,
        "line": lead.line,
        "site": lead.unit.site or "",
        "criticality": ledger.criticality(lead),
        "policy": lead.policy.policy,
        "replacement": lead.replacement,
        "assets": len(item.members),
        "quantity_old": item.quantity,
        "quantity_new": costing.quantity_new,
        "bought": costing.bought,
        "need_by": str(times.need_by),
        "plan_by": str(times.plan_by),
        "order_by": str(times.order_by),
        "deliver_by": str(times.deliver_by),
        "live_by": str(times.live_by),
        "spend_fy": str(times.spend_fy),
        "commit_fy": str(times.commit_fy),
        "mrp_first_fy": str(times.mrp_first_fy),
        "late_days": times.late_days,
        "capital_pence": costing.capital_pence,
        "total_pence": spent,
        "key_decision": is_key_decision(costing.once_pence, to_pence(inputs.parameters.key_decision_gbp)),
        "driver": driver,
        "priority": HIGH if HIGH in ranks and first_generation else MEDIUM,
        "confidence": worst if first_generation else "assumed",
        "flags": sorted({flag for member in item.members for flag in member_flags(item, member, ledger)}),
    }


def _coverage(inputs: Inputs, result: Result) -> dict[str, Any]:
    """How much of the estate the figures speak for, by count and by gross replacement cost."""
    units = dict.fromkeys((IN_SCOPE, COVERED, EXCLUDED), 0)
    dates = {name: {"count": 0, "grc_pence": 0} for name in (*CONFIDENCE, "unknown")}
    known = {str(kind): {"count": 0, "grc_pence": 0, "unpriced": 0} for kind in Knowledge}
    no_rate = {m.unit.asset_id for item, costing in result.costed if costing is None for m in item.members}
    unpriced = 0
    for stand in result.stands:
        units[stand.standing] += 1
        if stand.standing != IN_SCOPE:
            continue
        winner = stand.need.winner if stand.need else None
        cell = dates[winner.confidence if winner else "unknown"]
        cell["count"] += stand.unit.quantity
        value = result.worth.of(stand)
        cell["grc_pence"] += value or 0
        cell = known[knowledge(inputs.matches.get(stand.unit.asset_id, NO_MATCH))]
        cell["count"] += stand.unit.quantity
        cell["grc_pence"] += value or 0
        cell["unpriced"] += stand.unit.quantity if value is None else 0
        unpriced += stand.reason in UNPRICED or stand.unit.asset_id in no_rate
    return {
        "units": units,
        "dates": dates,
        "lifecycle": known,
        "unpriced": unpriced,
        "conflicts": len(result.population.conflicts),
    }


def _assumptions(inputs: Inputs, result: Result, ledger: Ledger) -> Iterator[str]:
    """Sentences for the assumptions list, the loudest first."""
    if over := sorted(name for name in inputs.files if name.startswith(OVERLAY)):
        yield f"WHAT IF: rows of {', '.join(over)} stand in for the estate's own: nobody has decided this"
    yield from _zero_rates(result, ledger)
    used = {item.lead.price.place for item, _ in result.costed}
    starters = {item.lead.price.place for item, _ in result.costed if item.lead.price.is_starter}
    if starters:
        yield (
            f"STARTER PRICES: {len(starters)} of the {len(used)} prices used are assumptions that came with estate, "
            "not quotations: replace them in prices.csv"
        )
    calendar = inputs.rules.calendar
    undated = {i.lead.price.place for i, _ in result.costed if i.lead.price.year(calendar, inputs.as_of)[1]}
    if undated:
        yield f"{len(undated)} prices name no year; they are taken as prices of {calendar.fy(inputs.as_of)}"
    borrowed = sorted(
        {item.lead.price.currency for item, costing in result.strands if costing and costing.exchange_assumed}
    )
    if borrowed:
        yield f"fx.csv has no rate for every year of {', '.join(borrowed)}: the nearest given year stands in"
    yield "amounts are cash, in pounds, excluding recoverable VAT; money falls in the year of delivery"
    yield from stated(inputs)
    yield "policy ages, lead times, contingency and ratios are the council's settings in policy.csv"
    yield (
        "where a vendor gives only an end of sale, support is taken to end five years later, and is marked estimated; "
        "a series date is the latest possible one"
    )
    if any(item.lead.unit.tenure == "leased" for item, _ in result.costed):
        yield "leased kit is shown at its replacement price when the lease ends, as a right of use, not as rentals"


def _zero_rates(result: Result, ledger: Ledger) -> Iterator[str]:
    """Which years up to the horizon's last stand without inflation, said once for all series of the same years."""
    missing: dict[str, set[FinancialYear]] = defaultdict(set)
    # of every scenario: a plan or a freeze moves money into years that the need does not touch
    for _, costing in result.strands:
        for asked, factor in costing.factors.items() if costing else ():
            missing[asked].update(year for year in factor.assumed if year - ledger.base_fy < ledger.years)
    together: dict[tuple[FinancialYear, ...], list[str]] = defaultdict(list)
    for series, years in sorted(missing.items()):
        if years:
            together[tuple(sorted(years))].append(series)
    for when, names in sorted(together.items()):
        span = str(when[0]) if len(when) == 1 else f"{when[0]} to {when[-1]}"
        yield f"NO INFLATION is applied to {', '.join(names)} in {span}: indices.csv has no rate for it"


def _warnings(inputs: Inputs, result: Result, ledger: Ledger, coverage: dict[str, Any]) -> Iterator[str]:
    """Sentences about what is unknown, for standard error and the report's front."""
    reasons = Counter(stand.reason for stand in result.stands if stand.standing == IN_SCOPE and stand.reason)
    if coverage["unpriced"]:
        yield f"{coverage['unpriced']} units have no usable price and are in no total"
    if reasons["no_date"]:
        yield f"{reasons['no_date']} units have no date that would decide when to replace them and are in no total"
    if reasons["no_policy"]:
        yield f"{reasons['no_policy']} units match no row of policy.csv and are in no total"
    if assumed := coverage["dates"]["assumed"]["count"]:
        yield f"{assumed} units are dated only by the day on which they were first seen, or as their stack or pair is"
    if coverage["conflicts"]:
        yield f"{coverage['conflicts']} conflicts in the inventory are open: the exceptions list them"
    computed = {item.lead.line for item, _ in result.costed}
    asked = [row for row in inputs.budget if row.amount and row.line in computed and ledger.within(row.fy)]
    if asked:
        names = ", ".join(sorted({row.line for row in asked}))
        yield f"budget.csv asks for £{sum(row.amount for row in asked):,} on {names}: computed from assets, not added"
    if unclassified := sorted({row.line_code for row in result.rows if "unclassified" in row.flags.split(";")}):
        names = ", ".join(unclassified)
        yield f"nothing says whether the money of {names} in budget.csv is capital: it stands as revenue, UNCLASSIFIED"
    yield from _sites(inputs, result)
    mixed = sum("mixed_prices" in item.flags for item, _ in result.costed)
    if mixed:
        yield f"{mixed} stacks or pairs hold members with different price rows: the lowest asset's counts"


def _sites(inputs: Inputs, result: Result) -> Iterator[str]:
    """Sites of which only the case of a letter differs from what units say: neither date nor entity of them holds."""
    stood_at = {stand.unit.site or "" for stand in result.stands}
    written = {name.casefold(): name for name in stood_at}
    for site in inputs.sites:
        if site.site not in stood_at and (other := written.get(site.site.casefold())):
            yield f"{site.source} says {site.site!r} where units say {other!r}: write it alike, or nothing of it holds"
