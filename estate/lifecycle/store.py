"""Matches in the database: one row a distinct product and catalogue, so that a night matches only what is new."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from estate.lifecycle.match import match
from estate.lifecycle.milestones import Grade, Match
from estate.lifecycle.software import software_match
from estate.store.lifecycle import ProductMatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy.orm import Session

    from estate.lifecycle.packs import Catalogue

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
