"""``estate forecast gap``, ``revenue``, ``waiting`` and ``shares``: what finance asks of a stored version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from config.errors import UsageError
from estate.command import NUMBER, Context, example, pass_context
from estate.console import emit, note, query_options, warn
from estate.pounds import decimal_pounds, pounds, whole_pounds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from estate.forecast.headers import Header

GAP = ("need", "existing", "alternate", "allocated", "request", "released", "in_principle", "requested", "pending",
       "committed", "actual", "gap")  # fmt: skip
# on a narrow terminal the last ones go first: what is asked about must stay
GAP_SHOWN = ("fy", "line", "need", "existing", "request", "released", "gap", "in_principle", "alternate")
REVENUE = ("borrowed", "mrp", "interest", "support", "effect", "cumulative")
WAITING = ("cost", "support", "interest", "net", "saving")
NONE_YET = "There is no forecast yet: 'estate forecast run' makes one."


def money(record: Mapping[str, Any], names: Sequence[str], output: str) -> dict[str, Any]:
    """Amounts of a header's record: whole pounds on a screen, exact elsewhere; null stays null."""
    write: Callable[[int], object] = whole_pounds if output == "table" else decimal_pounds
    return {name: None if (pence := record[f"{name}_pence"]) is None else write(pence) for name in names}


def asked(context: Context, version_id: int | None) -> Header | None:
    """The header of the version that is asked about, named on standard error; None where there is no version yet."""
    from estate.forecast.headers import header_of
    from estate.store.database import open_database

    found = header_of(open_database(context.database), version_id)
    if found is not None:
        note(f"forecast {found.id} ({found.state}) as of {found.as_of}")
    return found


@click.command()
@click.argument("version_id", metavar="[ID]", type=NUMBER, required=False)
@click.option("--line", metavar="L", help="Only this line.")
@click.option("--fy", metavar="FY", help="Only this financial year, such as 2027/28.")
@query_options
@pass_context
@example("estate forecast gap -o csv -f fy,line,need,released,gap")
def gap(
    context: Context, version_id: int | None, line: str | None, fy: str | None, output: str, fields: str | None
) -> None:
    """Show need against funding by line and year: the request, what may be spent, and the gap.

    Only money that is released and approved may be spent; a negative gap is a shortfall. A blank line is the
    portfolio's own funding.
    """
    columns = ("fy", "line", *GAP, "sources")
    if (header := asked(context, version_id)) is None:
        emit([], columns, output, fields, empty=NONE_YET)
        return
    found = header["gap"]
    _known(found["cells"], "line", line)
    _known(found["total"], "fy", fy)
    cells = [*found["cells"], *(found["total"] if output == "table" and not line else [])]
    records = [
        {"fy": cell["fy"], "line": cell["line"], **money(cell, GAP, output), "sources": _sources(cell)}
        for cell in sorted(cells, key=lambda cell: (cell["fy"], cell["line"] == "TOTAL", cell["line"]))
        if fy in {None, cell["fy"]} and (line is None or cell["line"].casefold() == line.casefold())
    ]
    emit(records, columns, output, fields, shown=GAP_SHOWN, empty="Nothing is needed and nothing is funded.")
    _say(found)


def _known(cells: Sequence[Mapping[str, Any]], what: str, named: str | None) -> None:
    """Refuse a line or year that the forecast does not have: nothing would be read as nothing needed."""
    there = sorted({cell[what] for cell in cells} - {""})
    if named and named.casefold() not in {name.casefold() for name in there}:
        raise UsageError(f"the forecast has no {what} {named!r}; it has {', '.join(there) or 'none'}")


def _sources(cell: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(decimal_pounds(pence)) for name, pence in cell["sources"].items()}


def _say(found: Mapping[str, Any]) -> None:
    for item in found["overspent"]:
        who = item["line"] or "the portfolio"
        over = item["spent_pence"] - item["released_pence"]
        warn(
            f"{who}, {item['fy']}: {pounds(item['spent_pence'])} is spent or committed and "
            f"{pounds(item['released_pence'])} released: {pounds(over)} too much"
        )
    for place in found["unbalanced"]:
        warn(f"{place} takes money away without saying where it goes: give the other row the same decision")
    for year, pence in found["lost_grants"].items():
        warn(f"{pounds(pence)} of grant in {year} finds no need there, and ends with its year")
    for item in found["events"]:
        where = f"{item['from_line'] or 'portfolio'} {item['from_fy']} to {item['to_line'] or 'portfolio'}"
        note(f"{item['kind'].replace('_', ' ')}: {pounds(item['pence'])} from {where} {item['to_fy']}")
    for item in found["envelopes"]:
        note(envelope(item))


def envelope(item: Mapping[str, Any]) -> str:
    """An envelope in one sentence, with what depends on how its wording is read (S5)."""
    years, left = item["years"], item["open_years"]
    text = f"in principle, {item['decision'] or 'no decision named'}: {pounds(item['pence'])} over {len(years)} years"
    text += f" ({years[0]} to {years[-1]}), {pounds(item['released_pence'])} of it released"
    if item["mean_pence"] is not None:
        text += f"; {pounds(item['remaining_pence'])} left, {pounds(item['mean_pence'])} a year over {len(left)}"
    reading = "is among them" if item["includes_year1"] else "is not among them"
    return f"{text}; the year already released {reading}: check that against the decision's words"


@click.command()
@click.argument("version_id", metavar="[ID]", type=NUMBER, required=False)
@click.option("--reckoner", is_flag=True, help="What each £1m borrowed costs, by life and year.")
@query_options
@pass_context
@example("""estate forecast revenue
estate forecast revenue --reckoner -o csv""")
def revenue(context: Context, version_id: int | None, *, reckoner: bool, output: str, fields: str | None) -> None:
    """Show what borrowed capital and changed support do to the revenue budget: MRP, interest, support, by year.

    Only capital that funding.csv finances by borrowing has MRP and interest; cumulative is the effect so far.
    """
    reckoned = ("mrp", "interest", "total")
    columns = ("life_years", "year", *reckoned) if reckoner else ("fy", *REVENUE)
    if (header := asked(context, version_id)) is None:
        emit([], columns, output, fields, empty=NONE_YET)
        return
    found = header["revenue"]
    if found["rate_pct"] is None:
        warn("borrowing_rate_pct is not set in estate.toml: interest is unknown, not nothing")
    if reckoner:
        records = [
            {"life_years": item["life_years"], "year": year["year"], **money(year, reckoned, output)}
            for item in found["reckoner"]
            for year in item["years"]
        ]
        emit(records, columns, output, fields, empty="No policy has an accounting life.")
        return
    records = [{"fy": item["fy"], **money(item, REVENUE, output)} for item in found["years"]]
    emit(records, columns, output, fields)
    _say_revenue(found)


def _say_revenue(found: Mapping[str, Any]) -> None:
    after = found["beyond"]
    if after["last_fy"]:
        interest = "unknown" if after["interest_pence"] is None else pounds(after["interest_pence"])
        note(f"after these years, to {after['last_fy']}: MRP {pounds(after['mrp_pence'])}, interest {interest}")
    if found["no_life"]["bundles"]:
        count, pence = found["no_life"]["bundles"], found["no_life"]["pence"]
        warn(f"{count} bundles borrow {pounds(pence)} without an accounting life in policy.csv: no MRP is counted")
    if found["unused_pence"]:
        warn(f"{pounds(found['unused_pence'])} of borrowing in funding.csv has no capital of its year to pay for")
    if found["support_unknown"]:
        warn(f"{found['support_unknown']} bundles have no price for the support of old or new kit: not in the figures")


@click.command()
@click.argument("version_id", metavar="[ID]", type=NUMBER, required=False)
@query_options
@pass_context
@example("estate forecast waiting -o csv > waiting.csv")
def waiting(context: Context, version_id: int | None, output: str, fields: str | None) -> None:
    """Show what putting each bundle off by a year costs, dearest first, before any value of the risk.

    cost: its capital next year; support: old kit's above new kit's; interest: not paid for a year; net: the three
    together. saving and payback count support alone. What is not known is blank, never nothing.
    """
    columns = ("bundle", *WAITING, "payback_years")
    if (header := asked(context, version_id)) is None:
        emit([], columns, output, fields, empty=NONE_YET)
        return
    found = header["waiting"]
    records = [
        {"bundle": item["bundle_id"], **money(item, WAITING, output), "payback_years": item["payback_years"]}
        for item in sorted(found, key=lambda item: (-(item["net_pence"] or item["cost_pence"] or 0), item["bundle_id"]))
    ]
    emit(records, columns, output, fields, empty="Nothing is due in these years.")
    known = [item["net_pence"] for item in found if item["net_pence"] is not None]
    if found:
        note(f"{len(known)} of {len(found)} bundles can be told: {pounds(sum(known))} in all")


@click.command()
@click.argument("version_id", metavar="[ID]", type=NUMBER, required=False)
@query_options
@pass_context
@example("estate forecast shares -o csv")
def shares(context: Context, version_id: int | None, output: str, fields: str | None) -> None:
    """Show who pays what of the need: by entity, line and year, divided by sharing.csv to the penny."""
    columns = ("entity", "line", "fy", "scope", "amount")
    if (header := asked(context, version_id)) is None:
        emit([], columns, output, fields, empty=NONE_YET)
        return
    found = header["entities"]
    write: Callable[[int], object] = whole_pounds if output == "table" else decimal_pounds
    records = [{**item, "amount": write(item["pence"])} for item in found]
    emit(records, columns, output, fields, empty="Nothing is needed.")
    for entity in dict.fromkeys(item["entity"] for item in found):
        note(f"{entity}: {pounds(sum(item['pence'] for item in found if item['entity'] == entity))}")
