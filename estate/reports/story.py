"""What the page says, section by section, as text and tables: no markup, no rounding that it does not name.

Every figure comes from :class:`~estate.reports.report.Report`; this module only chooses, orders and words them.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

from estate.lifecycle.coverage import Knowledge, by_count, covered
from estate.lifecycle.milestones import State
from estate.reports import wording
from estate.reports.choices import slips
from estate.reports.evidence import VENDOR, reference
from estate.reports.grid import Figure, Grid
from estate.reports.needed import p80_of
from estate.reports.pictures import kinds_ordered
from estate.reports.totals import quantity, states
from estate.reports.wording import counted, day, exact, in_words, per_cent, thousands

if TYPE_CHECKING:
    from estate.reports.bundle import Bundle
    from estate.reports.report import Report

TOP = 10
TIMES = "\N{MULTIPLICATION SIGN}"


def horizon(report: Report) -> str:
    """The years covered: ``2026/27 to 2030/31``."""
    years = report.years
    return f"{years[0]} to {years[-1]}" if years[1:] else str(years[0])


def sentence(report: Report) -> tuple[str, str, str]:
    """The three statements that open the page: what is needed, what is past support, what is not known."""
    least = "At least " if report.incomplete else ""
    need = f"{least}{in_words(report.total)} is needed from {horizon(report)} to keep this infrastructure in support."
    if not report.total:
        need = f"No replacement is priced from {horizon(report)}."
    count, units = quantity(report.past_support), quantity(report.equipment)
    past = f"Of {counted(units, 'unit')} of equipment, none is known to be past support."
    if not units:
        past = "No equipment is known: the need is what budget.csv asks for."
    if count:
        verb, them = ("is", "it") if count == 1 else ("are", "them")
        past = (
            f"{count:,} of {counted(units, 'unit')} of equipment ({per_cent(count, units)}) {verb} past support now; "
        )
        past += f"replacing {them} costs {in_words(report.past_support_pence)}{_as_priced(report)}."
    unknown = states(report.equipment)[State.UNKNOWN]
    return need, past, f"The support dates of {counted(unknown, 'unit')} are unknown." if unknown else ""


def _as_priced(report: Report) -> str:
    """A caveat where some of the units past support have no money of their own."""
    return "" if all(report.by_asset[item.unit.asset_id] for item in report.past_support) else ", as far as priced"


def headline(report: Report) -> tuple[Figure, ...]:
    """The five figures under the opening statements."""
    found, inside = states(report.equipment), states(report.parts)
    catch_up = sum(pence for (_, split), pence in report.by_split.items() if split == "catch_up")
    ending, parts = found[State.ENDING], inside[State.UNKNOWN]
    return (
        Figure(
            in_words(report.total), "needed in all", f"{in_words(report.by_cap_rev['C'])} capital, {horizon(report)}"
        ),
        Figure(in_words(catch_up), "of it to catch up", "was due before the date of this report"),
        Figure(
            f"{found[State.UNSUPPORTED]:,}",
            "units past support",
            f"of {found.total():,}" + (f"; {ending:,} more end soon" if ending else ""),
        ),
        Figure(
            f"{found[State.UNKNOWN]:,}",
            "units unknown",
            "no source gives a date" + (f"; nor for {counted(parts, 'part')} inside units" if parts else ""),
        ),
        coverage(report),
    )


def coverage(report: Report) -> Figure:
    """How much of the estate the lifecycle data speaks for, by count and by replacement cost."""
    units, cost = by_count(report.equipment), report.covered_by_cost
    dated = per_cent(units[Knowledge.DATED], sum(units.values()))
    detail = f"{dated} by a date of their own"
    if total := sum(cost.values()):
        detail += f"; {per_cent(covered(cost), total)} of the replacement cost ({in_words(total)} where priced)"
    return Figure(per_cent(covered(units), sum(units.values())), "of units covered by lifecycle data", detail)


def need_table(report: Report) -> Grid:
    """The table of the first picture."""
    released = report.funded("released")
    agreed, p80 = report.funded("in_principle"), p80_of(report)
    columns: tuple[str, ...] = ("Financial year", "#Catch up", "#Keep pace", "#Need", "#Released", "#In principle")
    rows, sums = [], [0] * 5
    for year in report.years:
        catch_up, need = report.by_split[year, "catch_up"], report.by_year[year]
        cells = [catch_up, need - catch_up, need, released[year], agreed[year]]
        sums = [total + pence for total, pence in zip(sums, cells, strict=True)]
        rows.append((str(year), *map(thousands, cells), *_p80(p80, str(year))))
    totals = ("Total", *map(thousands, sums), *(("",) if p80 else ()))
    note = wording.ROUNDED
    if p80:
        columns += ("#P80",)
        note += " P80: eight in ten simulated runs cost no more in that year. The P80 of years do not add up to the "
        note += "P80 of the total, because not every year is dear in the same run."
    return Grid("Need by financial year, £000", columns, tuple(rows), totals, note)


def _p80(found: dict[str, int], year: str) -> tuple[str, ...]:
    return () if not found else (thousands(found[year]) if year in found else "",)


def status_table(report: Report) -> Grid:
    """The table of the second picture, with every kind."""
    rows = tuple(
        (wording.kind_words(kind), *(f"{counts.get(state, 0):,}" for state in _STATES), f"{sum(counts.values()):,}")
        for kind, counts in kinds_ordered(report)
    )
    every = states(report.population)
    totals = ("All units", *(f"{every[state]:,}" for state in _STATES), f"{every.total():,}")
    heads = tuple(f"#{wording.STATES[state]}" for state in _STATES)
    found, inside = states(report.equipment), states(report.parts)
    note = f"Equipment: {found[State.UNSUPPORTED]:,} of {found.total():,} past support. "
    note += f"Parts inside it: {inside[State.UNSUPPORTED]:,} of {inside.total():,}." if inside else ""
    return Grid("Units by kind and support status", ("Kind", *heads, "#All"), rows, totals, note.strip())


_STATES = (State.UNSUPPORTED, State.ENDING, State.SUPPORTED, State.NOT_ANNOUNCED, State.UNKNOWN)


def line_table(report: Report, *, to_the_penny: bool = False) -> Grid:
    """Need by line and financial year, in £000 or in exact pounds."""
    form = exact if to_the_penny else thousands
    rows = tuple(
        (
            line.code if line.name in {"", line.code} else f"{line.code} {line.name}",
            *(form(report.cells[line.code, year]) for year in report.years),
            form(report.by_line[line.code]),
        )
        for line in report.lines
        if any(report.cells[line.code, year] for year in report.years)
    )
    # rows without a line keep their place in the table: a total must never hold what no row shows
    if any(report.cells["", year] for year in report.years):
        blank = form(report.by_line[""])
        rows = (*rows, ("(no line)", *(form(report.cells["", year]) for year in report.years), blank))
    totals = ("All lines", *(form(report.by_year[year]) for year in report.years), form(report.total))
    unit = "£" if to_the_penny else "£000"
    note = "" if to_the_penny else wording.ROUNDED
    if beyond := sum(report.version.header.get("beyond", {}).get(report.scenario, {}).values()):
        note = f"{note} Another {in_words(beyond)} falls outside these years and is not included.".strip()
    columns = ("Budget line", *(f"#{year}" for year in report.years), "#Total")
    return Grid(f"Need by budget line and financial year, {unit}", columns, rows, totals, note)


def funding_table(report: Report) -> Grid | None:
    """Need against approved funding by financial year; None where no funding is recorded."""
    if not report.version.funding:
        return None
    years = sorted({*report.years, *(item.fy for item in report.version.funding)})
    levels = [report.funded(level) for level in wording.LEVELS]
    rows, sums = [], [0] * 5
    for year in years:
        amounts = [report.by_year[year], *(level[year] for level in levels)]
        cells = [*amounts, max(0, amounts[0] - amounts[1])]
        sums = [total + pence for total, pence in zip(sums, cells, strict=True)]
        rows.append((str(year), *map(thousands, cells)))
    heads = tuple(f"#{word}" for word in wording.LEVELS.values())
    note = "Only released money can be spent. Still to release is need less released funding, year by year. "
    note += wording.ROUNDED
    if report.pending:
        note += f" Another {in_words(report.pending)} awaits a decision and is not counted."
    return Grid("Need and approved funding, £000", ("Financial year", "#Need", *heads, "#Still to release"),
                tuple(rows), ("Total", *map(thousands, sums)), note)  # fmt: skip


def top_bundles(report: Report) -> Grid:
    """The dearest replacements: what, why, when, how much, how urgent."""
    rows = tuple(
        (what(report, bundle), why(report, bundle), when(report, bundle), thousands(bundle.amount_pence),
         wording.plain(bundle.priority), slips(report, bundle.bundle_id))
        for bundle in report.bundles[:TOP]
    )  # fmt: skip
    shown = sum(bundle.amount_pence for bundle in report.bundles[:TOP])
    note = f"Together {in_words(shown)}, {per_cent(shown, report.total)} of the need." if rows else ""
    title = f"The {TOP} largest replacements" if report.bundles[TOP:] else "Every replacement, the largest first"
    return Grid(title, ("What", "Why", "When", "#£000", "=Priority", "If not funded"), rows, note=note,
                more=max(0, len(report.bundles) - TOP))  # fmt: skip


def what(report: Report, bundle: Bundle) -> str:
    """What is replaced, by what, and where."""
    facts = report.facts(bundle.bundle_id)
    products = Counter[str]()
    for asset in bundle.asset_ids:
        if item := report.statuses.get(asset):
            products[item.unit.part_number or item.unit.model or item.unit.kind] += item.unit.quantity
    old = ", ".join(f"{number:,} {TIMES} {name}" for name, number in products.most_common(2))
    old = old or counted(facts.get("quantity_old", len(bundle.asset_ids)), "unit")
    if len(products) > 2:  # noqa: PLR2004 - two are named
        old += " and others"
    new = facts.get("replacement") or ""
    site = facts.get("site") or bundle.bundle_id.split("|")[0]
    arrow = f" \N{RIGHTWARDS ARROW} {bundle.new_units or ''} {TIMES} {new}" if new and bundle.new_units else ""
    return f"{old}{arrow}, {site}" if site else f"{old}{arrow}"


_WHY = {
    "security": ("Security updates ended", "Security updates end"),
    "support": ("Support ended", "Support ends"),
    "compliance": ("Compliance deadline passed", "Compliance deadline"),
    "contract": ("Contract or lease ended", "Contract or lease ends"),
    "age": ("Passed the age the policy allows", "Reaches the age the policy allows"),
    "decision": ("Decided", "Decided"),
}


def why(report: Report, bundle: Bundle) -> str:
    """The driver, its date and where the date comes from."""
    facts = report.facts(bundle.bundle_id)
    need_by, driver = _date(facts.get("need_by")), str(facts.get("driver") or bundle.driver)
    past = need_by is not None and need_by < report.version.as_of
    words = _WHY.get(driver, (wording.plain(driver),) * 2)[0 if past else 1]
    source = ""
    if driver in VENDOR:
        known = [item for asset in bundle.asset_ids if (item := report.statuses.get(asset)) and item.state.date]
        deciding = [item for item in known if need_by in item.state.match.dates.values()] or known
        source = reference(min(deciding, key=lambda item: item.unit.asset_id)) if deciding else ""
    return f"{words} {day(need_by)}".rstrip() + (f" ({source})" if source else "")


def when(report: Report, bundle: Bundle) -> str:
    """The financial year of the money, and the day by which to order."""
    facts = report.facts(bundle.bundle_id)
    order_by = _date(facts.get("order_by"))
    if order_by is None:
        return str(bundle.fy)
    due = order_by <= report.version.as_of
    return f"{bundle.fy}; order {'now' if due else f'by {day(order_by)}'}"


def _date(value: object) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) and value else None
