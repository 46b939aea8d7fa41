"""``estate notices``: what newly became unsupported, ending or dated, and who has taken note of it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from estate.command import Context, IsoDate, example, pass_context, today
from estate.console import emit, note, query_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from estate.notices.acknowledgements import Acknowledgement
    from estate.notices.store import Record

_DETAIL = ("thing", "device", "serial", "asset_id", "vendor", "part_number", "model", "os", "version", "kind", "site",
           "quantity", "state", "milestone", "date", "latest_possible", "was", "was_date", "source", "bulletin",
           "replacement")  # fmt: skip
COLUMNS = ("told_on", "what", "device", "product", "date", "was_date", "status", "acknowledged_by",
           "acknowledged_until", "reason", "over_on", "deliveries", *(name for name in _DETAIL if name not in
           {"device", "date", "was_date"}), "run", "notice", "text")  # fmt: skip
SHOWN = ("told_on", "what", "device", "product", "date", "was_date", "status", "acknowledged_by", "acknowledged_until")


@click.command()
@click.option("--since", type=IsoDate(), help="Only what was told in nights from this day on.")
@click.option("--all", "over", is_flag=True, help="Also what is no longer so.")
@query_options
@pass_context
@example("estate notices --since 2026-11-01\nestate notices --all -o csv > notices.csv")
def notices(context: Context, since: dt.date | None, over: bool, output: str, fields: str | None) -> None:  # noqa: FBT001 - click's
    """List what newly became unsupported, ending or dated, the newest night first.

    Each notice is open or acknowledged; with --all also over, once something else was told of the same thing or it
    ceased to be so. A row of acknowledgements.csv that holds today is shown at once; the next night then sends the
    notice no more, and again when the row's last day has passed.
    """
    from config.folder import Folder
    from estate.notices import store
    from estate.notices.acknowledgements import ACKNOWLEDGEMENTS
    from estate.notices.wording import headline
    from estate.store.database import open_database

    rows = Folder(context.folder).rows(ACKNOWLEDGEMENTS)
    database = open_database(context.database)
    try:
        with database.reading() as session:
            found = store.notices(session, since, over=over)
            sent = store.deliveries(session, [record.id for record in found])
    finally:
        database.close()
    records = [_record(record, rows, today(None), sent.get(record.id, [])) for record in found]
    emit(records, COLUMNS, output, fields, shown=SHOWN, empty="No notice.")
    if over_by_now := [row.source for row in rows if row.until < today(None)]:
        note(f"no longer in force, and may be removed: {', '.join(over_by_now)}")
    if found:
        acknowledged = sum(record["status"] == "acknowledged" for record in records)
        note(headline(record.what for record in found) + (f"; {acknowledged} acknowledged" if acknowledged else ""))


def _record(
    record: Record,
    rows: Sequence[Acknowledgement],
    day: dt.date,
    sent: Sequence[tuple[str, dt.datetime | None]],
) -> dict[str, Any]:
    from estate.notices.acknowledgements import acknowledgement_for
    from estate.notices.wording import lines

    detail = record.detail
    known = None if record.over_on else acknowledgement_for(record.what, detail, rows, day)
    status = "over" if record.over_on else "acknowledged" if known else "open"
    return {name: getattr(detail, name) for name in _DETAIL} | {
        "told_on": record.told_on,
        "what": record.what,
        "product": detail.product if detail.counts is None else None,
        "status": status,
        "acknowledged_by": known.by if known else None,
        "acknowledged_until": known.until if known else None,
        "reason": known.reason if known else None,
        "over_on": record.over_on,
        "deliveries": [f"{channel} {at.isoformat(timespec='minutes') if at else 'waits'}" for channel, at in sent],
        "run": record.run_id,
        "notice": record.id,
        "text": lines([record], 1)[0],
    }
