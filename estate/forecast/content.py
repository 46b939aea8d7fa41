"""One hash over all that a version is made of: every input by its own hash, and every output (forecast-model.md 2.16).

The canonical form is a line of JSON for each thing, keys sorted, ASCII only, without spaces: first the version itself,
then its rows, funding, exceptions and units in the order in which they were computed. The id, the state and the time
of the version are no part of it: the same inputs give the same hash. The field lists are those of format 1 and stay as
they are; a field that a later release adds begins another format.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from estate.forecast.version import Version

FORMAT = 1
ROW = (
    "scenario", "entity", "theme", "line_code", "project_code", "cost_centre", "subjective_code", "cap_rev", "fy",
    "year_index", "priority", "catch_up_keep_pace", "driver", "bundle_id", "asset_id", "component", "qty",
    "amount_pence", "confidence", "flags", "source_ref", "basis", "quantile",
)  # fmt: skip
FUNDING = ("line_code", "fy", "source", "status", "level", "amount_pence", "decision_ref")
EXCEPTION = ("asset_id", "reason", "detail")
UNIT = ("asset_id", "standing", "reason", "chain")


def content_hash(version: Version) -> str:
    """The SHA-256 of a version's canonical form."""
    digest = hashlib.sha256()
    for thing in _things(version):
        digest.update(canonical(thing))
        digest.update(b"\n")
    return digest.hexdigest()


def canonical(thing: object) -> bytes:
    """The one JSON text of a thing."""
    return json.dumps(thing, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str).encode()


def _things(version: Version) -> Iterator[object]:
    yield {
        "format": FORMAT,
        "as_of": version.as_of.isoformat(),
        "base_fy": str(version.base_fy),
        "years": version.years,
        "entity": version.entity,
        "inputs": version.inputs,
        "header": version.header,
    }
    for name, fields, items in (
        ("row", ROW, version.rows),
        ("funding", FUNDING, version.funding),
        ("exception", EXCEPTION, version.exceptions),
        ("unit", UNIT, version.units),
    ):
        for item in items:
            yield [name, *(_plain(getattr(item, field)) for field in fields)]


def _plain(value: object) -> Any:
    return value if isinstance(value, str | int | dict) or value is None else str(value)
