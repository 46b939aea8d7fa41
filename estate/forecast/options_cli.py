"""``estate forecast options``: what a cabinet chooses between, side by side."""

from __future__ import annotations

import click

from estate.command import NUMBER, Context, example, pass_context
from estate.console import chosen_fields, emit, note, query_options
from estate.pounds import decimal_pounds

COLUMNS = (
    "version", "option", "capital_gbp", "revenue_gbp", "replaced", "debt_gbp", "debt_unpriced", "past_security",
    "late_days", "key_decisions", "key_bundles",
)  # fmt: skip


@click.command()
@click.argument("version_id", metavar="ID", type=NUMBER)
@query_options
@pass_context
@example("estate forecast options 4 -o csv")
def options(context: Context, version_id: int, output: str, fields: str | None) -> None:
    """Compare the options of forecast ID over all its years, with what each leaves behind on the last day.

    Doing nothing, only what is High, what fits under the cap (where ID holds a plan), and everything that is due.
    Debt is at base-year prices; late_days are unit days from the need to the day on which the new kit is live.
    """
    from estate.forecast.options import options_of
    from estate.forecast.service import pinned_inputs
    from estate.store.database import open_database

    chosen_fields(COLUMNS, fields)
    inputs = pinned_inputs(open_database(context.database), version_id)
    records = [
        {
            "version": version_id,
            "option": item.title,
            "capital_gbp": decimal_pounds(item.capital_pence),
            "revenue_gbp": decimal_pounds(item.revenue_pence),
            "replaced": item.replaced,
            "debt_gbp": decimal_pounds(item.debt_pence),
            "debt_unpriced": item.debt_unpriced,
            "past_security": item.past_security,
            "late_days": item.late_days,
            "key_decisions": len(item.key_decisions),
            "key_bundles": list(item.key_decisions),
        }
        for item in options_of(inputs)
    ]
    emit(records, COLUMNS, output, fields, shown=COLUMNS[1:-1])
    if "plan" not in inputs.attached:
        note(f"no plan: 'estate forecast plan {version_id} --cap FY=AMOUNT' makes a version that has the capped option")
