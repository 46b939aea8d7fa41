"""``estate forecast orders`` and ``estate prices wanted``: what to buy by when, and what to ask a price for."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

import click

from config.errors import EstateError
from estate.command import NUMBER, Context, IsoDate, Window, example, pass_context, today
from estate.console import emit, note, query_options, warn
from estate.pounds import decimal_pounds, pounds, whole_pounds

ORDERS = (
    "order_by", "days_left", "quantity", "replacement", "replaces", "quantity_old", "site", "line", "need_by",
    "deliver_by", "late_days", "commit_fy", "spend_fy", "capital_gbp", "total_gbp", "key_decision", "priority",
    "bundle_id",
)  # fmt: skip
SHOWN = ("order_by", "quantity", "replacement", "quantity_old", "site", "need_by", "late_days", "total_gbp",
         "key_decision", "priority")  # fmt: skip
WANTED = ("vendor", "part_number", "model", "policy", "reason", "count", "share_pct", "need_by", "price")


@click.command()
@click.argument("version_id", metavar="[ID]", type=NUMBER, required=False)
@click.option("--within", type=Window(), metavar="SPAN", help="Only what is due within this span (90d, 6m, 2y).")
@query_options
@pass_context
@example("estate forecast orders --within 6m\nestate forecast orders 3 -o csv > orders.csv")
def orders(context: Context, version_id: int | None, within: int | None, output: str, fields: str | None) -> None:
    """List what to order by when, by the newest version or the one named.

    Each row is one purchase: how many of what, instead of which units, on which line, and whether it is a key
    decision. What should have been ordered already comes first and says how late the new kit will be. Dates count from
    the version's own day, not from today.
    """
    from estate.forecast import store
    from estate.forecast.orders import orders as due
    from estate.store.database import open_database

    with open_database(context.database).reading() as session:
        chosen = store.latest(session) if version_id is None else version_id
        if chosen is None:
            raise EstateError("there is no forecast yet: 'estate forecast run' makes one")
        version = store.load(session, chosen)
    found = list(due(version, within))
    write = whole_pounds if output == "table" else decimal_pounds
    records = [
        {**asdict(item), "capital_gbp": write(item.capital_pence), "total_gbp": write(item.total_pence)}
        for item in found
    ]
    emit(records, ORDERS, output, fields, shown=SHOWN, empty="Nothing is to be ordered in this time.")
    keys = sum(item.key_decision for item in found)
    total = pounds(sum(item.total_pence for item in found))
    decisions = f", {keys} of them key decisions" if keys else ""
    note(f"forecast {version.id} ({version.state}) as of {version.as_of}: {len(found)} to order, {total}{decisions}")
    if late := sum(item.late_days > 0 for item in found):
        warn(f"{late} of them come too late: the new kit is live after the old one's last good day")


@click.group()
def prices() -> None:
    """Ask what prices.csv lacks."""


@prices.command("wanted")
@click.option("--as-of", type=IsoDate(), help="The day that the answer is for; today unless told otherwise.")
@query_options
@pass_context
@example("estate prices wanted -o csv > ask-the-supplier.csv")
def wanted(context: Context, as_of: dt.date | None, output: str, fields: str | None) -> None:
    """List the parts without a usable price: none at all, no exchange rate, stale, or still a starter assumption.

    Each with how many things wait for it, their share of all that is to be priced, and when the first is needed.
    """
    from config.folder import Folder
    from estate.forecast.service import gather, span_of
    from estate.forecast.wanted import wanted as find
    from estate.store.database import open_database

    day = today(as_of)
    database = open_database(context.database)
    try:
        span = span_of(context.settings, day)
        found = find(gather(database, Folder(context.folder), context.settings, day, span, keep_matches=False))
    finally:
        database.close()
    records = [asdict(item) for item in found.items]
    emit(records, WANTED, output, fields, empty="Every part has a price to rely on.")
    note(f"{found.unpriced} of {found.things} things to be priced have no price at all ({found.unpriced_pct} %)")
