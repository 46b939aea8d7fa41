"""The lifecycle in the database: the rows of the packs as they were known when, and the match of each product.

A match is one row a distinct product and catalogue, so that a night matches only what is new. The rows of the packs
are written only where a load finds them changed: see :func:`load`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from estate.lifecycle.match import match
from estate.lifecycle.milestones import Grade, Match
from estate.lifecycle.rows import (
    Change,
    as_cells,
    count,
    from_cells,
    kind_of,
    pack_name,
    pairs,
    position,
    same,
    subject,
)
from estate.lifecycle.software import software_match
from estate.store.lifecycle import CatalogueRow, PackLoad, ProductMatch

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from estate.lifecycle.packs import Catalogue
    from estate.lifecycle.rows import Row

Product = tuple[str, str, str]  # vendor, part number, model; blank where not known
# A version of an operating system is stored as a product too: this and the system's name stand for the part number.
_SOFTWARE = "software:"


def as_product(vendor: str, os: str, version: str) -> Product:
    """A version of an operating system as the product under which its match is stored."""
    return vendor, f"{_SOFTWARE}{os}", version


def software_in(found: Mapping[Product, Match], program: tuple[str, str, str]) -> Match:
    """The match of a version of an operating system among all matches."""
    return found[as_product(*program)]


def _matched(catalogue: Catalogue, product: Product) -> Match:
    vendor, part_number, model = product
    if part_number.startswith(_SOFTWARE):
        return software_match(catalogue, vendor, part_number.removeprefix(_SOFTWARE), model)
    return match(catalogue, vendor, part_number, model)


def matches(
    session: Session | None, catalogue_hash: str, load: Callable[[], Catalogue], products: Iterable[Product]
) -> dict[Product, Match]:
    """The match of every product: those stored for this catalogue, and the missing ones computed (not stored).

    ``load`` is called only where one is missing. Without a session all are computed.
    """
    wanted = set(products)
    found = stored(session, catalogue_hash) if session is not None else {}
    result = {product: found[product] for product in wanted if product in found}
    if missing := wanted - result.keys():
        catalogue = load()
        result |= {product: _matched(catalogue, product) for product in sorted(missing)}
    return result


def remember(session: Session, catalogue_hash: str, found: Mapping[Product, Match]) -> int:
    """Store the matches that are not stored yet, drop those of older catalogues, and return how many were new."""
    session.execute(sa.delete(ProductMatch).where(ProductMatch.catalogue != catalogue_hash))
    known = stored(session, catalogue_hash).keys()
    rows = [
        {
            "catalogue": catalogue_hash,
            "vendor": product[0],
            "part_number": product[1],
            "model": product[2],
            "grade": str(item.grade),
            "match": as_json(item),
        }
        for product, item in sorted(found.items())
        if product not in known
    ]
    if rows:
        session.execute(sa.insert(ProductMatch), rows)
    return len(rows)


def stored(session: Session, catalogue_hash: str) -> dict[Product, Match]:
    """Every match that is stored for a catalogue."""
    columns = (ProductMatch.vendor, ProductMatch.part_number, ProductMatch.model, ProductMatch.match)
    found = session.execute(sa.select(*columns).where(ProductMatch.catalogue == catalogue_hash))
    return {(vendor, part_number, model): from_json(data) for vendor, part_number, model, data in found}


# ------------------------------------------------------------------------------------------------------ the catalogue


@dataclass(frozen=True, slots=True)
class Known:
    """A row as it was known from one load to another; ``until`` is None while it stands."""

    row: Row
    since: dt.datetime
    until: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did to one pack: how many rows the file holds now (0: it is gone), and what changed."""

    pack: str
    rows: int
    changes: tuple[Change, ...]


def load(
    session: Session, hashes: Mapping[str, str], read: Callable[[], Mapping[str, Sequence[Row]]], at: dt.datetime
) -> list[Loaded]:
    """Take up what changed in the packs since the last load: the rows that changed end, and begin anew as they are now.

    Args:
        session: a writing one.
        hashes: of every pack file that there is now (:func:`estate.lifecycle.packs.pack_hashes`).
        read: gives the rows of all packs; called only where a hash differs from the last load's.
        at: this instant: from now on we know the new rows, until now we knew the old ones.

    Returns:
        every pack whose file changed, also where no row of it did.
    """
    known = loaded_hashes(session)
    todo = sorted(name for name in {*hashes, *known} if hashes.get(name, "") != known.get(name, ""))
    if not todo:
        return []
    now, before = read(), loaded_rows(session, packs=todo)
    return [_load(session, name, before.get(name, []), now.get(name, []), hashes.get(name, ""), at) for name in todo]


def _load(
    session: Session, pack: str, before: Sequence[Row], now: Sequence[Row], sha256: str, at: dt.datetime
) -> Loaded:
    ids = _ids(session, pack)
    found, known, fresh = list[Change](), list[dict[str, Any]](), list[dict[str, Any]]()
    for old, new in pairs(before, now):
        if old is not None and new is not None and same(old, new):
            if old.place != new.place:
                known.append({"id": ids[position(old)], "position": position(new)})
            continue
        found.append(Change(old, new))
        if old is not None:
            known.append({"id": ids[position(old)], "recorded_to": at})
        if new is not None:
            own = {"pack": pack, "position": position(new), "kind": kind_of(new), "recorded_from": at}
            fresh.append(dict.fromkeys(_CELLS) | as_cells(new) | own)
    if known:
        session.execute(sa.update(CatalogueRow), known)  # by their ids
    if fresh:
        session.execute(sa.insert(CatalogueRow), fresh)
    session.add(PackLoad(pack=pack, sha256=sha256, at=at, rows=len(now), **count(found)))
    session.flush()
    return Loaded(pack, len(now), tuple(found))


def loaded_hashes(session: Session) -> dict[str, str]:
    """The hash of every pack as it was last loaded; a pack that is gone has none."""
    last = sa.select(sa.func.max(PackLoad.id)).group_by(PackLoad.pack)
    found = session.execute(sa.select(PackLoad.pack, PackLoad.sha256).where(PackLoad.id.in_(last)))
    return {pack: sha256 for pack, sha256 in found if sha256}


def first_load(session: Session) -> dt.datetime | None:
    """When the catalogue was loaded for the first time; None where it never was."""
    return session.scalar(sa.select(sa.func.min(PackLoad.at)))


def loaded_rows(
    session: Session, known_at: dt.datetime | None = None, packs: Collection[str] | None = None
) -> dict[str, list[Row]]:
    """The rows of the packs as they are loaded, or as they were known at an instant; in the order of their lines.

    A row that has ended keeps the line in which it stood last.
    """
    names = ("kind", "pack", "position", *_CELLS)
    query = sa.select(*(getattr(CatalogueRow, name) for name in names)).where(_standing(known_at))
    if packs is not None:
        query = query.where(CatalogueRow.pack.in_(packs))
    found: dict[str, list[Row]] = {}
    for kind, pack, line, *cells in session.execute(query.order_by(CatalogueRow.pack, CatalogueRow.position)):
        row = from_cells(kind, dict(zip(_CELLS, cells, strict=True)), f"{pack}:{line}")
        found.setdefault(pack, []).append(row)
    return found


def history(session: Session, row: Row) -> list[Known]:
    """All that one pack has said of what a row is about, the oldest first, with the time in which it was known so."""
    names = ("kind", "pack", "position", "recorded_from", "recorded_to", *_CELLS)
    same_thing = [getattr(CatalogueRow, name).is_not_distinct_from(value) for name, value in subject(row).items()]
    query = sa.select(*(getattr(CatalogueRow, name) for name in names))
    query = query.where(CatalogueRow.pack == pack_name(row), CatalogueRow.kind == kind_of(row), *same_thing)
    found = session.execute(query.order_by(CatalogueRow.recorded_from, CatalogueRow.id))
    return [
        Known(from_cells(kind, dict(zip(_CELLS, cells, strict=True)), f"{pack}:{line}"), since, until)
        for kind, pack, line, since, until, *cells in found
    ]


def _standing(known_at: dt.datetime | None) -> sa.ColumnElement[bool]:
    if known_at is None:
        return CatalogueRow.recorded_to.is_(None)
    ends = sa.or_(CatalogueRow.recorded_to.is_(None), CatalogueRow.recorded_to > known_at)
    return sa.and_(CatalogueRow.recorded_from <= known_at, ends)


def _ids(session: Session, pack: str) -> dict[int, int]:
    query = sa.select(CatalogueRow.position, CatalogueRow.id)
    found = session.execute(query.where(CatalogueRow.pack == pack, CatalogueRow.recorded_to.is_(None)))
    return {line: key for line, key in found}  # noqa: C416 - of Row objects, which dict() takes for sequences


# what a row holds of its own, in the order of the table
_CELLS = tuple(
    column.name
    for column in CatalogueRow.__table__.columns
    if column.name not in {"id", "pack", "position", "kind", "recorded_from", "recorded_to"}
)


# ------------------------------------------------------------------------------------------------------------- as JSON


def as_json(item: Match) -> dict[str, Any]:
    """A match as plain JSON."""
    return {
        "grade": str(item.grade),
        "rule": item.rule,
        "row": item.row,
        "vendor": item.vendor,
        "matched": item.matched,
        "dates": {name: day.isoformat() for name, day in item.dates.items()},
        "not_announced_on": item.not_announced_on.isoformat() if item.not_announced_on else None,
        "replacement": item.replacement,
        "source": item.source,
        "source_type": item.source_type,
        "bulletin": item.bulletin,
        "note": item.note,
        "known_on": item.known_on.isoformat() if item.known_on else None,
    }


def from_json(data: dict[str, Any]) -> Match:
    """The match that :func:`as_json` wrote."""
    return Match(
        **{
            **data,
            "grade": Grade(data["grade"]),
            "dates": {name: dt.date.fromisoformat(value) for name, value in data["dates"].items()},
            "not_announced_on": _day(data["not_announced_on"]),
            "known_on": _day(data["known_on"]),
        }
    )


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
