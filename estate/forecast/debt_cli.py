"""``estate forecast debt``: technology debt as a stock, a path and a flow."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from estate.command import NUMBER, Context, IsoDate, example, pass_context
from estate.console import emit, note, query_options, warn
from estate.forecast.money_cli import NONE_YET, asked
from estate.pounds import decimal_pounds, pounds, whole_pounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from estate.forecast.debt import Position
    from estate.forecast.version import Version

PATH = ("fy", "at", "do_nothing", "do_nothing_units", "do_nothing_tdi_pct", "need", "need_units", "need_tdi_pct",
        "past_security_units", "security_unknown_units", "certifiable")  # fmt: skip
UNITS = ("asset_id", "policy", "band", "need_by", "driver", "value", "device", "site")
FLOW = ("asset_id", "term", "amount")


@click.command()
@click.argument("version_id", metavar="[ID]", type=NUMBER, required=False)
@click.option("--from", "earlier", metavar="ID", type=NUMBER, help="The flow since this earlier version, term by term.")
@click.option("--as-of", type=IsoDate(), help="The stock on this day, if nothing is replaced, instead of the path.")
@click.option("--units", is_flag=True, help="The units in debt, or, with --from, those that moved it.")
@query_options
@pass_context
@example("""estate forecast debt
estate forecast debt --as-of 2028-03-31 --units -o csv""")
def debt(
    context: Context,
    version_id: int | None,
    earlier: int | None,
    as_of: dt.date | None,
    *,
    units: bool,
    output: str,
    fields: str | None,
) -> None:
    """Show technology debt: what replacing all that is past its need date would cost at today's prices.

    By default the path to the end of each year: if nothing is replaced, and if everything is replaced when it is due.
    A waiver or support by a third party does not make it less. What has no price is counted, never worth nothing.
    """
    if (header := asked(context, version_id)) is None:
        emit([], PATH, output, fields, empty=NONE_YET)
    elif earlier is not None:
        _flow(_load(context, earlier), _load(context, header.id), output, fields, units=units)
    elif as_of is not None or units:
        version = _load(context, header.id)
        _stock(version, as_of or version.as_of, output, fields, units=units)
    else:
        _path(header["debt"], output, fields)
        _steady(header["steady_state"])


def _load(context: Context, version_id: int) -> Version:
    from estate.forecast import store
    from estate.store.database import open_database

    with open_database(context.database).reading() as session:
        return store.load(session, version_id)


def _positions(version: Version) -> list[Position]:
    from config.errors import EstateError
    from estate.forecast.debt import positions

    if "debt" not in version.header:
        raise EstateError(f"forecast {version.id} is of a release that did not compute debt; run a new one")
    return positions(unit.chain for unit in version.units)


def _write(output: str) -> Callable[[int], object]:
    return whole_pounds if output == "table" else decimal_pounds


def _path(found: dict[str, Any], output: str, fields: str | None) -> None:
    write = _write(output)
    records = [
        {
            "fy": row["fy"],
            "at": row["at"],
            "do_nothing": write(row["do_nothing"]["pence"]),
            "do_nothing_units": row["do_nothing"]["units"],
            "do_nothing_tdi_pct": row["do_nothing"]["tdi_pct"],
            "need": write(row["need"]["pence"]),
            "need_units": row["need"]["units"],
            "need_tdi_pct": row["need"]["tdi_pct"],
            "past_security_units": row["past_security"]["units"],
            "security_unknown_units": row["security_unknown"],
            "certifiable": row["certifiable"],
        }
        for row in found["path"]
    ]
    emit(records, PATH, output, fields)
    share = f"{found['tdi_pct']} % of {pounds(found['grc_pence'])}" if found["tdi_pct"] else "of nothing priced"
    note(f"on {found['at']}: {pounds(found['pence'])} in debt, {found['units']} units, {share}")
    for name, cell in found["bands"].items():
        note(f"  {name:<11} {pounds(cell['pence']):>16}  {cell['units']} units")
    if found["coming"]["units"]:
        note(f"{found['coming']['units']} units more end before replacements could be in service")
    if found["unpriced"]:
        warn(f"{found['unpriced']} units in debt have no price: they are in no pound of it")
    if found["undated"]:
        warn(f"{found['undated']} units have no need date that anybody knows: whether they are in debt is unknown")
    goal = found["milestone"]
    if goal["passes"]:
        note(f"milestone: {goal['name']} by {goal['by']}: passes")
    else:
        left = goal["residual"]
        warn(f"milestone: {goal['name']} by {goal['by']}: {pounds(left['pence'])} is left, {left['units']} units")


def _steady(steady: dict[str, Any]) -> None:
    note(f"keeping pace takes {pounds(steady['pence'])} a year")
    if steady["consumption_pct"] is not None:
        note(f"{steady['consumption_pct']} % of the life of what is priced and dated is used up, by value")


def _stock(version: Version, day: dt.date, output: str, fields: str | None, *, units: bool) -> None:
    from estate.forecast.debt import bands, stock

    held, write = _positions(version), _write(output)
    if units:
        records = [
            {
                "asset_id": item.asset_id,
                "policy": item.policy,
                "band": item.band(day),
                "need_by": item.need_by,
                "driver": item.driver,
                "value": None if item.value is None else write(item.value),
                "device": item.device,
                "site": item.site,
            }
            for item in sorted(held, key=lambda item: (-(item.value or 0), item.asset_id))
            if item.due(day)
        ]
        emit(records, UNITS, output, fields, empty=f"Nothing is in debt on {day}.")
    else:
        records = [
            {"band": name, "units": cell.units, "amount": write(cell.pence), "unpriced": cell.unpriced}
            for name, cell in bands(held, day).items()
        ]
        emit(records, ("band", "units", "amount", "unpriced"), output, fields)
    whole = stock(held, day)
    note(f"{pounds(whole.pence)} in debt on {day}, {whole.units} units, {whole.unpriced} of them without a price")


def _flow(before: Version, after: Version, output: str, fields: str | None, *, units: bool) -> None:
    from estate.forecast.flow import flow

    write = _write(output)
    received = {serial.casefold() for serial in after.header["debt"]["received"]}
    named = [unit.asset_id for unit in before.units if str(unit.chain["serial"]).casefold() in received]
    found = flow(_positions(before), before.as_of, _positions(after), after.as_of, named)
    if units:
        records: list[dict[str, Any]] = [
            {"asset_id": item.asset_id, "term": item.term, "amount": write(item.pence)} for item in found.moved
        ]
        emit(records, FLOW, output, fields, empty="No unit moved the debt.")
        return
    records = [{"term": "opening", "at": before.as_of, "amount": write(found.opening.pence)}]
    records += [{"term": name, "at": None, "amount": write(pence)} for name, pence in found.terms.items()]
    records.append({"term": "closing", "at": after.as_of, "amount": write(found.closing.pence)})
    emit(records, ("term", "at", "amount"), output, fields)
    proof = "adds up to the penny" if found.holds else "DOES NOT ADD UP"
    note(f"from forecast {before.id} to {after.id}: opening and terms and closing: {proof}")
