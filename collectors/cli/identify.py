"""``estate identify``: say what the devices behind capture files are, by the recognition that the night runs."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from estate.command import DONE, FAILED, example
from estate.console import emit, query_options, say, warn
from estate.shown import safe

if TYPE_CHECKING:
    from collectors.platforms import Rules
    from collectors.survey import Asked

_LONGEST = 60

COLUMNS = (
    "source", "platform", "kind", "vendor", "model", "part_number", "serial", "os", "version", "components", "evidence",
)  # fmt: skip
_SHOWN = ("source", "platform", "kind", "vendor", "model", "part_number", "serial", "os", "version", "parts")
_PART = (
    "index", "parent", "name", "description", "vendor", "model", "part_number", "serial", "hardware_revision",
    "firmware_revision", "software_revision", "manufactured_on", "fru",
)  # fmt: skip


@click.command()
@click.argument("captures", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--explain", is_flag=True, help="Show every candidate for every field, and why the winner won.")
@query_options
@example("estate identify walk.snmprec core-1.txt -o jsonl\nestate identify --explain walk.snmprec")
def identify(captures: tuple[Path, ...], output: str, fields: str | None, *, explain: bool) -> int:
    """Say what captured devices are.

    A capture is an .snmprec file (also .bz2 or .xz), or what 'snmpwalk -On' printed. Nothing is asked and nothing is
    stored. A file that cannot be read is named, the others are still shown, and the exit status is 1.

    The evidence counts in this order: the sources of the rule that fits best (its vendor's objects first), the chassis
    in ENTITY-MIB, objects of standard MIBs, the table of sysObjectIDs, the words of sysDescr, and, where no rule reads
    the vendor's objects, those that together look like an identity.
    """
    from collectors.capture import CaptureError

    status = DONE
    records: list[dict[str, Any]] = []
    for path in captures:
        try:
            records.append(_identify(path, explain=explain))
        except CaptureError as error:
            warn(str(error))
            status = FAILED
    if explain and output == "table" and fields is None:
        say("\n\n".join("\n".join(_explained(record)) for record in records))
        return status
    columns = (*COLUMNS, "rules", "candidates") if explain else COLUMNS
    chosen = (*columns, "parts") if output == "table" else columns
    emit(records, chosen, output, fields, shown=_SHOWN)
    return status


def _identify(path: Path, *, explain: bool) -> dict[str, Any]:
    """What one capture is, as the record that is printed."""
    from collectors.capture import CaptureTransport
    from collectors.rule_files import load_rules
    from collectors.survey import PREFIXES, ask, observed

    name = str(path)
    rules = load_rules()
    asked = asyncio.run(ask(CaptureTransport(path, PREFIXES), rules))
    seen = observed(rules, asked, target=name, address=name, at=dt.datetime.now(dt.UTC))
    parts = [
        {"index": part.index, "parent": part.parent, "class": part.cls} | {key: getattr(part, key) for key in _PART[2:]}
        for part in seen.components
    ]
    identity = {
        key: getattr(seen, key)
        for key in ("platform", "kind", "vendor", "model", "part_number", "serial", "os", "version")
    }
    record = {"source": name, **identity, "components": parts, "evidence": seen.evidence, "parts": len(parts)}
    return record | _reasons(rules, asked) if explain else record


def _reasons(rules: Rules, asked: Asked) -> dict[str, Any]:
    """Which rules fit and what every candidate was, as plain values."""
    from collectors.explanation import rules_found, weighed

    candidates = [
        {"field": name, "value": item.candidate.value, "wins": item.wins, "verdict": item.verdict}
        | {"evidence": item.candidate.evidence, "object": item.candidate.name, "where": item.candidate.where}
        | {"raw": item.raw}
        for name, items in weighed(rules, asked).items()
        for item in items
    ]
    return {"rules": [asdict(item) for item in rules_found(rules, asked)], "candidates": candidates}


def _explained(record: dict[str, Any]) -> Iterator[str]:
    """One capture's record as text for a person."""
    from collectors.candidates import NOT_ANSWERED

    yield safe(record["source"])
    yield "  rule"
    for item in record["rules"]:
        yield f"  {'*' if item['chosen'] else ' '} {item['platform']:20} {safe(item['reason'])}"
    for name, items in itertools.groupby(record["candidates"], key=itemgetter("field")):
        yield f"  {name.replace('_', ' ')}"
        listed = list(items)
        for item in listed:
            if item["verdict"] == NOT_ANSWERED:
                continue
            text = item["value"] if item["value"] is not None else item["raw"]
            yield f"  {'*' if item['wins'] else ' '} {safe(text)[:_LONGEST]:24} {item['evidence']}: {item['verdict']}"
            place = " ".join(dict.fromkeys(filter(None, (item["object"], item["where"]))))
            yield f"      {safe(place)}"
        if silent := [item["object"] for item in listed if item["verdict"] == NOT_ANSWERED]:
            yield textwrap.fill(
                f"not answered: {', '.join(dict.fromkeys(silent))}",
                78,
                initial_indent="    ",
                subsequent_indent="      ",
            )
