"""``estate evidence``: the list that an auditor asks for."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from estate.command import Context, IsoDate, example, pass_context, today
from estate.console import emit, note, query_options

if TYPE_CHECKING:
    from estate.evidence.findings import Evidence, Finding

# as in estate.evidence.standards, which a command's help does not import
STANDARDS = ("cyber-essentials", "nist-sa-22", "cisa-bod")
COLUMNS = (
    "finding", "thing", "device", "serial", "product", "version", "state", "milestone", "date", "out_by", "exposure",
    "tier", "plan_fy", "plan_live_by", "line", "released", "released_gbp", "waiver", "waiver_approver",
    "waiver_expires", "waiver_reason", "remedy", "source", "bulletin", "grade", "latest_possible", "not_announced_on",
    "matched", "rule", "row", "vendor", "part_number", "model", "os", "kind", "site", "role", "quantity", "policy",
    "asset_id", "last_seen", "stale", "plan_note", "forecast", "note", "standard", "as_of",
)  # fmt: skip
SHOWN = (
    "finding",
    "thing",
    "device",
    "serial",
    "product",
    "date",
    "exposure",
    "plan_fy",
    "released",
    "waiver",
    "remedy",
)


@click.command()
@click.option("--standard", "name", required=True, type=click.Choice(STANDARDS), help="By whose rules.")
@click.option("--as-of", type=IsoDate(), help="Answer for this day instead of today.")
@click.option("--all", "everything", is_flag=True, help="Also what nothing is said against.")
@query_options
@pass_context
@example("estate evidence --standard cyber-essentials -o csv > evidence.csv")
def evidence(
    context: Context,
    name: str,
    as_of: dt.date | None,
    everything: bool,  # noqa: FBT001 - click's
    output: str,
    fields: str | None,
) -> None:
    """List kit and software without support, and what is unknown, as an auditor asks for it.

    Each row has its state and date with the source, how exposed it is, the year in which the newest forecast replaces
    it, the line that pays and whether released funding exists for that year, its waiver if it has one, and what would
    put it right. 'fails' is past its deadline, 'due' has one that is still to come, 'unknown' and 'unconfirmed' (dated
    only at the latest) are never counted as complying. A waiver is shown and changes no finding. The verdict goes to
    standard error. What a standard asks stands in config/standards, with its sources.
    """
    from config.folder import Folder
    from estate.evidence.findings import CLEAR
    from estate.evidence.service import load_evidence
    from estate.evidence.standards import standard
    from estate.evidence.verdict import verdict
    from estate.store.database import open_database

    rules, day = standard(name), today(as_of)
    database = open_database(context.database)
    try:
        told = load_evidence(database, Folder(context.folder), context.settings, rules, day)
    finally:
        database.close()
    records = (_record(told, item) for item in told.findings if everything or item.finding not in CLEAR)
    emit(records, COLUMNS, output, fields, shown=SHOWN, empty="No finding.")
    note(verdict(told))
    note(f"The rule ({rules.version}): {rules.rule}.")
    if day < rules.in_force:
        note(f"It was not in force on that day: it is since {rules.in_force.isoformat()}.")


def _record(told: Evidence, item: Finding) -> dict[str, Any]:
    from estate.evidence.findings import HARDWARE

    unit, state, found, plan, waiver = item.unit, item.state, item.state.match, item.plan, item.waiver
    hardware = item.thing == HARDWARE
    product = unit.part_number or unit.model if hardware else unit.os
    return {
        "finding": item.finding,
        "thing": item.thing,
        "device": unit.device,
        "serial": unit.serial,
        "product": " ".join(filter(None, (unit.vendor, product))) or None,
        "version": None if hardware else unit.version,
        "state": str(state.state),
        "milestone": state.milestone or None,
        "date": state.date,
        "out_by": item.out_by,
        "exposure": item.exposure,
        "tier": item.tier or None,
        "plan_fy": plan.fy or None,
        "plan_live_by": plan.live_by or None,
        "line": plan.line or (item.policy.line if item.policy else None),
        "released": plan.released or None,
        "released_gbp": plan.released_gbp,
        "waiver": (waiver.reference or waiver.decision) if waiver else None,
        "waiver_approver": waiver.approver if waiver else None,
        "waiver_expires": waiver.expires if waiver else None,
        "waiver_reason": waiver.reason if waiver else None,
        "remedy": item.remedy or None,
        "source": found.source or None,
        "bulletin": found.bulletin or None,
        "grade": str(found.grade),
        "latest_possible": not state.confirmed if state.date else None,
        "not_announced_on": found.not_announced_on,
        "matched": found.matched or None,
        "rule": found.rule or None,
        "row": found.row or None,
        **{name: getattr(unit, name) for name in ("vendor", "part_number", "model", "os", "kind", "site", "role")},
        "quantity": item.quantity,
        "policy": item.policy.policy if item.policy else None,
        "asset_id": unit.asset_id,
        "last_seen": unit.last_seen,
        "stale": unit.stale,
        "plan_note": plan.why or None,
        "forecast": told.plans.version,
        "note": item.note or None,
        "standard": told.standard.name,
        "as_of": told.as_of,
    }
