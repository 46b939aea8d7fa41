"""``estate forecast plan``: what fits under a cap."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from config.errors import UsageError
from estate.command import NUMBER, Context, example, pass_context
from estate.console import chosen_fields, emit, note, query_options, warn
from estate.pounds import decimal_pounds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from estate.forecast.calendar import FinancialYear
    from estate.forecast.plan import Shared

YEARS = ("version", "fy", "need_gbp", "cap_gbp", "planned_gbp", "left_gbp")
BUNDLES = ("version", "bundle_id", "priority", "risk", "due", "planned", "mandatory", "binds", "extra_gbp", "restores")


@click.command()
@click.argument("version_id", metavar="ID", type=NUMBER)
@click.option(
    "--cap", "caps", multiple=True, metavar="FY=AMOUNT", help="Pounds a year, or AMOUNT for every year, or 'released'."
)
@click.option("--carry", is_flag=True, help="What a year leaves may be spent in the next.")
@click.option("--carry-limit", metavar="AMOUNT", help="At most so many pounds are carried from a year to the next.")
@click.option("--capacity", multiple=True, metavar="FY=DAYS", help="Engineer days a year, or DAYS for every year.")
@click.option(
    "--pull-forward", type=click.IntRange(0, 10), default=1, show_default=True, help="Years before it is due."
)
@click.option("--mandatory", multiple=True, metavar="BUNDLE", help="A bundle that must be done in these years.")
@click.option("--by", "by", multiple=True, nargs=2, metavar="BUNDLE FY", help="The last year for a bundle.")
@click.option("--before", multiple=True, nargs=2, metavar="FIRST SECOND", help="FIRST is done no later than SECOND.")
@click.option("--together", multiple=True, nargs=2, metavar="ONE OTHER", help="Both are done in the same year.")
@click.option(
    "--shared",
    multiple=True,
    nargs=3,
    metavar="AMOUNT ONE OTHER",
    help="Pounds paid once in a year in which either is done, beside their own; pairs of one amount that meet are one.",
)
@click.option("--low-any-time", is_flag=True, help="Let a Low come before a High that could be done.")
@click.option("--nodes", type=NUMBER, help="How far the solver searches for each objective; by size unless told.")
@click.option("--bundles", is_flag=True, help="Answer with the bundles and what held up each, instead of the years.")
@query_options
@pass_context
@example("""estate forecast plan 3 --cap 400000 --cap 2027/28=650000 --carry
estate forecast plan 3 --cap released --capacity 120 --bundles""")
def plan(
    context: Context,
    /,
    version_id: int,
    caps: tuple[str, ...],
    capacity: tuple[str, ...],
    *,
    bundles: bool,
    output: str,
    fields: str | None,
    **terms: Any,
) -> None:
    """Fit forecast ID under a cap, and store the plan as a new draft with scenario capped beside need.

    The cap is on what bundles cost once, in the year of delivery; support goes on in any case. Without --cap, ID is a
    version that holds a plan, and that is shown. The plan breaks no rule to the penny, and is never worse than the
    greedy one; whether it is proven to be the best is said on standard error.
    """
    from estate.forecast import store
    from estate.forecast.plan_problem import Terms
    from estate.forecast.planning import make_plan, proof_sentence
    from estate.store.database import open_database

    columns = BUNDLES if bundles else YEARS
    chosen_fields(columns, fields)
    database = open_database(context.database)
    with database.reading() as session:
        version = store.load(session, version_id)
    if caps:
        limit = terms["carry_limit"]
        wanted = Terms(
            caps=None if caps == ("released",) else _by_year(caps, version.horizon, "--cap", _pence),
            carry=terms["carry"] or limit is not None,
            carry_limit=None if limit is None else _pence(limit),
            capacity=_by_year(capacity, version.horizon, "--capacity", _days) if capacity else None,
            pull_forward=terms["pull_forward"],
            mandatory=frozenset(terms["mandatory"]),
            by={name: _year(text) for name, text in terms["by"]},
            before=terms["before"],
            together=tuple(frozenset(pair) for pair in terms["together"]),
            shared=_shared(terms["shared"]),
            low_after_high=not terms["low_any_time"],
            nodes=terms["nodes"],
        )
        version = make_plan(database, version_id, wanted)
    statement = version.header.get("plan")
    if statement is None:
        raise UsageError(f"forecast {version_id} holds no plan: say --cap FY=AMOUNT, or --cap released, to make one")
    note(f"forecast {version.id}: the plan of forecast {statement['of']} under a cap; {proof_sentence(statement)}")
    late = statement["displaced"]
    note(f"{len(late)} of {len(statement['years'])} bundles come later than they are due, or not in these years")
    if short := statement["objectives"][0]["value"]:
        warn(f"{short} mandatory bundles do not fit: no plan within these limits has them all")
    records = _bundles(version.id, statement) if bundles else _years(version.id, statement)
    emit(records, columns, output, fields, shown=columns[1:], empty="Nothing is due in these years.")


def _years(version_id: int, statement: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "version": version_id,
            "fy": year,
            "need_gbp": decimal_pounds(statement["need"][year]),
            "cap_gbp": decimal_pounds(cap),
            "planned_gbp": decimal_pounds(statement["spend"][year]),
            "left_gbp": decimal_pounds(statement["left"][year]),
        }
        for year, cap in statement["caps"].items()
    ]


def _bundles(version_id: int, statement: Mapping[str, Any]) -> list[dict[str, Any]]:
    why = {item["bundle_id"]: item for item in statement["displaced"]}
    records = []
    for item in statement["bundles"]:
        held = why.get(item["bundle_id"])
        extra = decimal_pounds(held["extra_pence"]) if held and held["extra_pence"] else None
        binds = "; ".join(held["binds"]) if held else ""
        restores = held["restores"] if held else None
        records.append({"version": version_id, **item, "binds": binds, "extra_gbp": extra, "restores": restores})
    return records


# ------------------------------------------------------------------------------------------------- reading the terms


def _by_year(
    given: Sequence[str], years: Sequence[FinancialYear], option: str, read: Callable[[str], int]
) -> dict[FinancialYear, int]:
    """``2027/28=400000`` for a year, ``400000`` for every year that is not named; the last one given counts."""
    named: dict[FinancialYear, int] = {}
    every: int | None = None
    for text in given:
        year, sign, value = text.rpartition("=")
        if sign:
            named[_year(year)] = read(value)
        else:
            every = read(value)
    if strange := [str(year) for year in named if year not in years]:
        raise UsageError(f"{option}: {', '.join(strange)} is not a year of this forecast")
    return ({} if every is None else dict.fromkeys(years, every)) | named


def _shared(given: Sequence[tuple[str, str, str]]) -> tuple[Shared, ...]:
    from estate.forecast.plan import Shared

    groups: list[tuple[int, set[str]]] = []
    for text, one, other in given:
        amount, names = _pence(text), {one, other}
        for group in [group for group in groups if group[0] == amount and group[1] & names]:
            groups.remove(group)
            names |= group[1]
        groups.append((amount, names))
    return tuple(Shared(amount, frozenset(names)) for amount, names in groups)


def _year(text: str) -> FinancialYear:
    from estate.forecast.calendar import FinancialYear

    try:
        return FinancialYear.parse(text)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _pence(text: str) -> int:
    from config.cells import money
    from estate.forecast.lines import pence

    try:
        amount = money(text)
    except ValueError as error:
        raise UsageError(f"{error}; write pounds such as 400000 or 1234.56, or 'released' alone") from error
    if not 0 <= amount < Decimal(10) ** 13:
        raise UsageError(f"{text} is no cap: write zero or more pounds")
    return pence(amount)


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):  # noqa: PLR2004 - a million days is a typing mistake
        raise UsageError(f"{text!r} is no number of days")
    return int(text)
