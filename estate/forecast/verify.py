"""Proving a version: what it holds adds up every way, is what was hashed, and is what its pinned inputs give.

Pure: :mod:`estate.forecast.states` fetches what is proved here.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from estate.forecast.content import EXCEPTION, FUNDING, ROW, UNIT, canonical, content_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from estate.forecast.signature import Event
    from estate.forecast.version import FeedRow, Version

HOLDS, DIFFERS, SKIPPED = "holds", "differs", "not checked"
SHOWN = 3  # how many differences of one kind are told


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must be so: ``result`` is one of HOLDS, DIFFERS, SKIPPED; ``detail`` says what differs, or why."""

    check: str
    result: str
    detail: str = ""


def _check(name: str, differences: Iterable[str]) -> Check:
    found = list(differences)
    more = f"; {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return Check(name, DIFFERS if found else HOLDS, "; ".join(found[:SHOWN]) + more)


def identities(version: Version) -> list[Check]:
    """The identities and cross-casts between a version's rows, its header and its units."""
    header = version.header
    counted = [row for row in version.rows if row.counts]
    rows = {name: [row for row in counted if row.scenario == name] for name in header["scenarios"]}
    return [
        _check("every row belongs to a scenario, a year of the horizon and an amount", _shape(version)),
        _check("every row is there once", _twice(version.rows)),
        _check("bundles = lines = years = total", _casts(rows)),
        _check("header totals = rows", _totals(version, rows)),
        _check("capital + revenue in the header = rows", _cap_rev(version, rows)),
        _check("bundles in the header = rows + what falls outside the horizon", _bundles(version, rows)),
        _check("the units' own money = rows", _units(version, counted)),
        _check("units counted in the header = units", _counts(version)),
    ]


def _shape(version: Version) -> Iterator[str]:
    horizon = set(version.horizon)
    for row in version.rows:
        place = f"{row.bundle_id or row.line_code} {row.asset_id} {row.component}"
        if row.scenario not in version.header["scenarios"]:
            yield f"{place}: scenario {row.scenario}"
        if row.fy not in horizon or row.fy - version.base_fy != row.year_index:
            yield f"{place}: {row.fy} as year {row.year_index}"
        if not row.amount_pence:
            yield f"{place}: an amount of nothing"


def _twice(rows: Sequence[FeedRow]) -> Iterator[str]:
    keys = Counter(
        (r.scenario, r.basis, r.quantile, r.line_code, str(r.fy), r.bundle_id, r.asset_id, r.component, r.cap_rev,
         r.source_ref)
        for r in rows
    )  # fmt: skip
    yield from (f"{' '.join(key)} {count} times" for key, count in keys.items() if count > 1)


def _casts(rows: Mapping[str, Sequence[FeedRow]]) -> Iterator[str]:
    """Each cut adds up to the same, and each finer cut to the coarser one."""
    for scenario, items in rows.items():
        total = sum(row.amount_pence for row in items)
        cells: Counter[tuple[str, str, str]] = Counter()
        for row in items:
            cells[row.bundle_id, row.line_code, str(row.fy)] += row.amount_pence
        for place, name in enumerate(("bundles", "lines", "years")):
            cut: Counter[str] = Counter()
            for key, pence in cells.items():
                cut[key[place]] += pence
            if cut.total() != total:
                yield f"{scenario}: the {name} come to {cut.total()}p, the rows to {total}p"


def _totals(version: Version, rows: Mapping[str, Sequence[FeedRow]]) -> Iterator[str]:
    return _by_year(version.header["totals"], rows, "line_code")


def _cap_rev(version: Version, rows: Mapping[str, Sequence[FeedRow]]) -> Iterator[str]:
    return _by_year(version.header["cap_rev"], rows, "cap_rev")


def _by_year(
    stated: Mapping[str, Mapping[str, Mapping[str, int]]], rows: Mapping[str, Sequence[FeedRow]], field: str
) -> Iterator[str]:
    """Where the header's figures, by a field of the rows and by year, are not what the rows come to."""
    for scenario, items in rows.items():
        found: Counter[tuple[str, str]] = Counter()
        for row in items:
            found[getattr(row, field), str(row.fy)] += row.amount_pence
        said = Counter(
            {(code, year): pence for code, years in stated[scenario].items() for year, pence in years.items()}
        )
        yield from _unlike(scenario, said, found)


def _unlike(scenario: str, said: Counter[tuple[str, str]], found: Counter[tuple[str, str]]) -> Iterator[str]:
    for key in sorted(said.keys() | found.keys()):
        if said[key] != found[key]:
            yield f"{scenario} {' '.join(key)}: the header says {said[key]}p, the rows {found[key]}p"


def _bundles(version: Version, rows: Mapping[str, Sequence[FeedRow]]) -> Iterator[str]:
    if "need" not in rows:
        return
    said = {item["bundle_id"]: item["total_pence"] for item in version.header["bundles"]}
    found: Counter[str] = Counter()
    for row in rows["need"]:
        if row.bundle_id:
            found[row.bundle_id] += row.amount_pence
    for name in sorted(found.keys() - said.keys()):
        yield f"{name}: in the rows, not in the header"
    outside = sum(version.header["beyond"].get("need", {}).values())
    if sum(said.values()) != found.total() + outside:
        yield f"the header says {sum(said.values())}p, the rows {found.total()}p and {outside}p lie outside"


def _units(version: Version, rows: Sequence[FeedRow]) -> Iterator[str]:
    said: Counter[str] = Counter()
    for unit in version.units:
        said[unit.asset_id] += sum(item["amount_pence"] for item in unit.chain["money"])
    found: Counter[str] = Counter()
    for row in rows:
        if row.asset_id:
            found[row.asset_id] += row.amount_pence
    for name in sorted(said.keys() | found.keys()):
        if said[name] != found[name]:
            yield f"{name}: its chain says {said[name]}p, the rows {found[name]}p"


def _counts(version: Version) -> Iterator[str]:
    found = Counter(unit.standing for unit in version.units)
    for name, count in version.header["coverage"]["units"].items():
        if found[name] != count:
            yield f"{name}: the header says {count}, there are {found[name]}"


def history(events: Sequence[Event], seals: Sequence[str], state: str, digest: str) -> list[Check]:
    """The hash of what is stored now against that of each event, the seals, and the state that they lead to."""
    hashes = [
        f"{event.state} on {event.at:%Y-%m-%d %H:%M} with {event.content_sha256}, now {digest}"
        for event in events
        if event.content_sha256 != digest
    ]
    broken = [event.state for event, seal in zip(events, seals, strict=True) if event.seal != seal]
    last = events[-1].state if events else "draft"
    return [
        _check("the content is what was hashed", hashes)
        if events
        else Check("the content is what was hashed", SKIPPED, "a draft has no hash yet: submitting makes it"),
        _check("what is said of each event is as it was written", broken),
        _check("the state is where the events lead", [] if last == state else [f"{state}, not {last}"]),
    ]


def again(stored: Version, computed: Version, digest: str) -> Check:
    """What the pinned inputs give now against what is stored, whose content hash is ``digest``."""
    # a version just computed does not name its pinned population among its inputs
    same = content_hash(replace(computed, inputs=stored.inputs)) == digest
    return _check("computed again from its pinned inputs, it is the same", () if same else _unequal(stored, computed))


def _unequal(stored: Version, computed: Version) -> Iterator[str]:
    for name, fields in (("rows", ROW), ("funding", FUNDING), ("exceptions", EXCEPTION), ("units", UNIT)):
        old, new = getattr(stored, name), getattr(computed, name)
        if len(old) != len(new):
            yield f"{name}: {len(old)} are stored, {len(new)} come out"
            continue
        for one, other in zip(old, new, strict=True):
            for field in fields:
                if getattr(one, field) != getattr(other, field) and field != "chain":
                    what = getattr(one, "asset_id", "") or getattr(one, "line_code", "")
                    yield f"{name} {what} {field}: {getattr(one, field)} is stored, {getattr(other, field)} comes out"
            if "chain" in fields and canonical(one.chain) != canonical(other.chain):
                yield f"units {one.asset_id}: another chain comes out"
    if canonical(stored.header) != canonical(computed.header):
        keys = [key for key in stored.header if stored.header[key] != computed.header.get(key)]
        yield f"header: {', '.join(keys) or 'other keys'} differ"


def signed_files(version: Version, files: Mapping[str, bytes]) -> Check:
    """The stored feed against the stored rows: its manifest, its hashes and its money."""
    name = "the signed feed holds the rows"
    manifest, fact = files.get("feed/manifest.json"), files.get("feed/fact_forecast.csv")
    if manifest is None or fact is None:
        return Check(name, DIFFERS, "the feed is not among the signed files")
    return _check(name, _feed(version, files, json.loads(manifest), fact))


def _feed(
    version: Version, files: Mapping[str, bytes], manifest: dict[str, dict[str, dict[str, object]]], fact: bytes
) -> Iterator[str]:
    for file, entry in manifest["files"].items():
        data = files.get(f"feed/{file}", b"")
        if hashlib.sha256(data).hexdigest() != entry["sha256"]:
            yield f"feed/{file} is not what the manifest says"
    rows = list(csv.DictReader(io.StringIO(fact.decode())))
    pence, stored = sum(int(row["amount_pence"]) for row in rows), sum(row.amount_pence for row in version.rows)
    if len(rows) != len(version.rows) or pence != stored:
        yield f"the feed has {len(rows)} rows of {pence}p, the version {len(version.rows)} of {stored}p"
