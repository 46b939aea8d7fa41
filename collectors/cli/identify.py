"""``estate identify``: say what the devices behind capture files are, by the recognition that the night runs."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import click

from estate.console import DONE, FAILED, emit, example, query_options, warn

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
@query_options
@example("estate identify walk.snmprec core-1.txt -o jsonl")
def identify(captures: tuple[Path, ...], output: str, fields: str | None) -> int:
    """Say what captured devices are.

    A capture is an .snmprec file (also .bz2 or .xz), or what 'snmpwalk -On' printed. Nothing is asked and nothing is
    stored. A file that cannot be read is named, the others are still shown, and the exit status is 1.
    """
    from collectors.capture import CaptureError

    status = DONE
    records: list[dict[str, Any]] = []
    for path in captures:
        try:
            records.append(_identify(path))
        except CaptureError as error:
            warn(str(error))
            status = FAILED
    chosen = (*COLUMNS, "parts") if output == "table" else COLUMNS
    emit(records, chosen, output, fields, shown=_SHOWN)
    return status


def _identify(path: Path) -> dict[str, Any]:
    """What one capture is, as the record that is printed."""
    from collectors.capture import CaptureTransport
    from collectors.platforms import load_rules
    from collectors.survey import PREFIXES, survey

    transport = CaptureTransport(path, PREFIXES)
    name = str(path)
    now = dt.datetime.now(dt.UTC)
    seen = asyncio.run(survey(transport, load_rules(), target=name, address=name, at=now))
    parts = [
        {"index": part.index, "parent": part.parent, "class": part.cls} | {key: getattr(part, key) for key in _PART[2:]}
        for part in seen.components
    ]
    identity = {
        key: getattr(seen, key)
        for key in ("platform", "kind", "vendor", "model", "part_number", "serial", "os", "version")
    }
    return {"source": name, **identity, "components": parts, "evidence": seen.evidence, "parts": len(parts)}
