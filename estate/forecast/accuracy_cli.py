"""``estate forecast accuracy``: earlier forecasts against what was spent."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from config.errors import UsageError
from estate.command import NUMBER, Context, IsoDate, example, pass_context, today
from estate.console import emit, note, query_options
from estate.pounds import decimal_pounds, whole_pounds

if TYPE_CHECKING:
    from estate.forecast.accuracy import Outturn

PARTS = ("forecast", "actual", "variance", "slippage", "acceleration", "price", "scope")
COLUMNS = (
    "version", "signed_on", "fy", *(f"{part}_gbp" for part in PARTS), "carry_forward_gbp", "wape_pct", "bias_pct",
    "p80_gbp", "p80_hit",
)  # fmt: skip
ITEM_COLUMNS = ("version", "fy", "item", "line", "policy", *(f"{part}_gbp" for part in PARTS), "days_late")
CLASS_COLUMNS = ("version", "fy", "policy", "deliveries", "median_days_late")
EMPTY = (
    "Nothing to compare: it takes a signed forecast, a financial year of it that is over (or --fy), and rows of "
    "actuals.csv."
)


@click.command()
@click.argument("version_id", metavar="[ID]", type=NUMBER, required=False)
@click.option("--fy", metavar="FY", help="This financial year, over or not; every one that is over.")
@click.option("--as-of", type=IsoDate(), help="The day on which a year must be over; today unless told otherwise.")
@click.option("--items", is_flag=True, help="Each bundle, unit and line, with what of it slipped or cost otherwise.")
@click.option("--classes", is_flag=True, help="How many days late deliveries were, by policy.")
@query_options
@pass_context
@example("""estate forecast accuracy
estate forecast accuracy 3 --fy 2026/27 --items""")
def accuracy(
    context: Context,
    version_id: int | None,
    *,
    fy: str | None,
    as_of: dt.date | None,
    items: bool,
    classes: bool,
    output: str,
    fields: str | None,
) -> None:
    """Compare signed forecasts with actuals.csv, year by year.

    The variance is split without a rest: variance = slippage + acceleration + price + scope. Support is left out.
    """
    from config.folder import Folder
    from estate.forecast.actuals import ACTUALS
    from estate.forecast.calendar import FinancialYear
    from estate.forecast.outturns import outturns
    from estate.store.database import open_database

    if items and classes:
        raise UsageError("say --items or --classes, not both")
    try:
        year = FinancialYear.parse(fy) if fy else None
    except ValueError as error:
        raise UsageError(str(error)) from error
    rows = Folder(context.folder).rows(ACTUALS)
    found = outturns(open_database(context.database), rows, today(as_of), version_id=version_id, fy=year)
    if items:
        emit([record for each in found for record in _items(each)], ITEM_COLUMNS, output, fields, empty=EMPTY)
    elif classes:
        emit([record for each in found for record in _classes(each)], CLASS_COLUMNS, output, fields, empty=EMPTY)
    else:
        write = whole_pounds if output == "table" else decimal_pounds
        records = [_record(each, write) for each in found]
        emit(records, COLUMNS, output, fields, empty=EMPTY)
        if found and all(each.p80 is None for each in found):
            note("None of them holds a simulation, so no 80th percentile can be hit or missed.")


def _record(each: Outturn, write: Any) -> dict[str, Any]:
    return {
        "version": each.version_id,
        "signed_on": each.signed_on,
        "fy": str(each.fy),
        **{f"{part}_gbp": write(each.total(part)) for part in PARTS},
        "carry_forward_gbp": write(each.carry_forward),
        "wape_pct": each.wape_pct,
        "bias_pct": each.bias_pct,
        "p80_gbp": None if each.p80 is None else write(each.p80),
        "p80_hit": each.p80_hit,
    }


def _items(each: Outturn) -> list[dict[str, Any]]:
    return [
        {
            "version": each.version_id,
            "fy": str(each.fy),
            "item": item.item,
            "line": item.line,
            "policy": item.policy,
            **{f"{part}_gbp": decimal_pounds(getattr(item, part)) for part in PARTS},
            "days_late": item.days_late,
        }
        for item in each.items
    ]


def _classes(each: Outturn) -> list[dict[str, Any]]:
    return [
        {
            "version": each.version_id,
            "fy": str(each.fy),
            "policy": policy,
            "deliveries": count,
            "median_days_late": days,
        }
        for policy, (count, days) in each.days_late().items()
    ]
