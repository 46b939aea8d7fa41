"""Following money back: the rows behind a cell, and a unit's chain as a page that a person reads downwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.errors import EstateError
from estate.pounds import decimal_pounds, pounds
from estate.shown import safe

if TYPE_CHECKING:
    from estate.forecast.version import CostedUnit, FeedRow, Version

CELL = (
    "asset_id", "bundle_id", "component", "cap_rev", "qty", "amount_gbp", "amount_pence", "driver", "priority",
    "catch_up_keep_pace", "confidence", "flags", "source_ref",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CellRow:
    """An atomic row as an answer's record, with its pence for the sum."""

    record: dict[str, Any]
    pence: int


def cell_rows(version: Version, line: str, fy: str, scenario: str) -> list[CellRow]:
    """Every atomic row behind one cell; their sum is the total that the version shows.

    ``line`` is a line's code, else its name, case-blind.

    Raises:
        EstateError: when the version has no such line or year, or the name is that of several lines.
    """
    names = {item["line"]: item["name"] for item in version.header.get("lines", [])}
    codes = [code for code in names if code.casefold() == line.casefold()]
    codes = codes or [code for code, name in names.items() if name.casefold() == line.casefold()]
    if not codes:
        raise EstateError(f"forecast {version.id} has no line {line!r}; it has {', '.join(sorted(names)) or 'none'}")
    if len(codes) > 1:
        raise EstateError(f"several lines are called {line!r}: say {' or '.join(sorted(codes))}")
    if fy not in {str(year) for year in version.horizon}:
        years = ", ".join(str(year) for year in version.horizon)
        raise EstateError(f"forecast {version.id} has no year {fy!r}; it has {years}")
    return [
        CellRow(_record(row), row.amount_pence)
        for row in version.rows
        if row.line_code == codes[0] and str(row.fy) == fy and row.scenario == scenario
    ]


def _record(row: FeedRow) -> dict[str, Any]:
    record = {name: getattr(row, name) for name in CELL if name != "amount_gbp"}
    return {**record, "amount_gbp": decimal_pounds(row.amount_pence)}


def find_units(version: Version, serial: str) -> list[CostedUnit]:
    """The units of a serial, asset tag or asset id, case-blind.

    Raises:
        EstateError: when there is none.
    """
    wanted = serial.casefold()
    found = [
        unit
        for unit in version.units
        if wanted
        in {
            str(unit.chain.get(name)).casefold() for name in ("asset_id", "serial", "asset_tag") if unit.chain.get(name)
        }
    ]
    if not found:
        raise EstateError(
            f"forecast {version.id} knows no unit {serial!r}; 'estate components' lists the serials that are known"
        )
    return found


def page(chain: dict[str, Any]) -> Iterator[str]:
    """The chain as lines of text, from the serial to the budget line."""
    for title, lines in _sections(chain):
        yield f"{title}"
        for label, value in lines:
            if value not in {None, ""}:
                yield f"  {label:<17} {safe(value)}"
    yield ""


def _sections(chain: dict[str, Any]) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    yield f"UNIT {safe(chain['asset_id'])}", list(_unit(chain))
    yield "HOW WE KNOW", list(_evidence(chain))
    yield "MILESTONES", list(_milestones(chain["match"]))
    yield "POLICY", list(_policy(chain["policy"]))
    yield "NEED", list(_need(chain))
    if chain["bundle"]:
        yield "BUNDLE", list(_bundle(chain["bundle"]))
    yield "PRICE", list(_price(chain))
    yield "MONEY", list(_money(chain))


def _unit(chain: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    product = chain["product"]
    yield "serial", chain["serial"]
    yield "asset tag", chain["asset_tag"]
    yield "device", f"{chain['device'] or '(none)'} at {chain['site'] or '(no site)'}"
    yield "place", chain["slot"]
    yield "product", " ".join(filter(None, (product["vendor"], product["part_number"] or product["model"])))
    yield "kind", f"{chain['kind']}, role {chain['role'] or '(blank)'}, quantity {chain['quantity']}"


def _evidence(chain: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    seen = chain["observation"]
    if seen["run_device_id"] is not None:
        when = f", {seen['at']}" if seen["at"] else ""
        yield "observation", f"reading {seen['run_device_id']} of {seen['address'] or 'its target'}{when}"
    yield "seen", f"{seen['first_seen']} to {seen['last_seen']}" if seen["first_seen"] else "never: declared only"
    if seen["stale"]:
        yield "stale", "it has not answered lately; the last knowledge stands"
    yield from chain["evidence"].items()


def _milestones(match: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "match", " ".join(filter(None, (match["grade"], match["matched"], match["rule"])))
    for name, day in match["dates"].items():
        yield name.replace("_", " "), day
    yield "not announced", match["not_announced_on"]
    yield "source", match["source"]
    yield "bulletin", match["bulletin"]
    yield "row", match["row"]


def _policy(policy: dict[str, Any] | None) -> Iterator[tuple[str, Any]]:
    if policy is None:
        yield "policy", "none matches"
        return
    yield "policy", f"{policy['policy']} ({policy['row']})"
    age = f"{policy['policy_age_years']} years, {policy['age_mode']}" if policy["policy_age_years"] else "no age"
    yield "age", age
    yield "days", f"lead {policy['lead_days']}, install {policy['install_days']}, buffer {policy['buffer_days']}"
    yield "tier", f"{policy['tier']}, {policy['exposure']}; new for old {policy['ratio']}"


def _need(chain: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    need, decision = chain["need"], chain["decision"]
    for item in need["candidates"] if need else ():
        mark = "WINS" if item["wins"] else "" if item["binds"] else "does not bind"
        yield item["driver"], " ".join(filter(None, (item["date"], f"({item['basis']})", item["row"], mark)))
    if need:
        yield "need by", f"{need['need_by'] or 'unknown'}, {need['confidence']}"
    if decision:
        yield "decision", f"{decision['decision']}: {decision['kind']} ({decision['row']}) {decision['reason'] or ''}"
    if chain["reason"]:
        yield "no money", chain["detail"]


def _bundle(bundle: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "bundle", bundle["bundle_id"]
    yield "replaces", f"{bundle['quantity_old']} by {bundle['quantity_new']} x {bundle['replacement']}"
    yield "order by", f"{bundle['order_by']} ({bundle['commit_fy']})"
    yield "deliver by", f"{bundle['deliver_by']} ({bundle['spend_fy']})"
    yield "live by", f"{bundle['live_by']}" + (f", {bundle['late_days']} days late" if bundle["late_days"] else "")
    for item in bundle["amounts"]:
        yield item["component"], f"{pounds(item['pence']):>14}  {item['fy']} {item['cap_rev']} {item['rule']}"


def _price(chain: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    price, index = chain["price"], chain["index"]
    if price is None:
        yield "price", "none"
        return
    yield "price", f"{price['list_price']} {price['currency']} less {price['discount_pct']} % = {price['net']}"
    yield "row", price["row"]
    yield "source", price["source"]
    for name in ("hardware", "labour", "support") if index else ():
        if name not in index:
            continue
        steps = ", ".join(
            f"{step['fy']} {step['rate_pct']} % {step['row'] or '(assumed)'}" for step in index[name]["steps"]
        )
        yield f"{name} index", f"x {index[name]['factor']} ({steps or 'prices of the year itself'})"


def _money(chain: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if not chain["money"]:
        yield "none", chain["detail"] or "nothing falls inside the years of this forecast"
    for row in chain["money"]:
        what = f"{row['component']} {row['cap_rev']}, {row['scenario']}"
        yield row["fy"], f"{pounds(row['amount_pence']):>14}  {row['line']} ({what})"
