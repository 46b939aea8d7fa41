"""What the software packs say of the version that a device runs: of the release itself, else of its train.

Never by likeness: which trains a version belongs to is said by its vendor's numbering, which
:mod:`estate.lifecycle.versions` reads.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING

from estate.lifecycle.match import trust
from estate.lifecycle.milestones import MILESTONES, Grade, Match
from estate.lifecycle.versions import names_of, plain_release, scheme_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from estate.lifecycle.entries import Release
    from estate.lifecycle.packs import Catalogue


def releases_of(
    catalogue: Catalogue, vendor: str | None, os: str | None, version: str | None
) -> tuple[str, tuple[Release, ...]]:
    """The rows about a version, the most trusted first, and the name that they are filed under.

    The name is the version's own, else the narrowest of its trains that has a row; blank, and no rows, for a version
    of which no pack knows anything.
    """
    if not (vendor and os and version):
        return "", ()
    filed = _filed(catalogue, catalogue.vendor(vendor), names_of(os))
    plain = plain_release(version.split(",", 1)[0])
    for name in (plain, *scheme_of(os).trains_of(version)):
        if rows := filed.get(plain_release(name)):
            return name, rows
    return "", ()


def _filed(catalogue: Catalogue, vendor: str, names: frozenset[str]) -> Mapping[str, tuple[Release, ...]]:
    """The releases of one system by their name; the council's own rows stand before those that ship."""
    found: dict[str, list[Release]] = defaultdict(list)
    for release in catalogue.releases:
        if release.os.casefold() in names and vendor in {
            catalogue.vendor(maker) for maker in release.vendor.split("/")
        }:
            found[plain_release(release.release)].append(release)
    return {name: tuple(sorted(rows, key=_rank)) for name, rows in found.items()}


def _rank(release: Release) -> tuple[bool, int]:
    return release.place.startswith("config/"), trust(release.source_type)


def _dates(release: Release) -> dict[str, dt.date]:
    given = {name: getattr(release, name, None) for name in MILESTONES}
    return {name: day for name, day in given.items() if day is not None}


def software_match(catalogue: Catalogue, vendor: str | None, os: str | None, version: str | None) -> Match:
    """What is known of a version: ``exact`` by a row about the release, ``train`` by one about its train."""
    name, rows = releases_of(catalogue, vendor, os, version)
    if not rows:
        return Match(Grade.NONE)
    best = rows[0]
    exact = plain_release((version or "").split(",", 1)[0]) == plain_release(name)
    notes = [best.note or "", *(_conflict(row) for row in rows[1:] if _dates(row) != _dates(best))]
    return Match(
        grade=Grade.EXACT if exact else Grade.TRAIN,
        rule="" if exact else f"release {version} belongs to train {best.release}",
        row=best.place,
        vendor=best.vendor,
        matched=f"{best.os} {best.release}",
        dates=_dates(best),
        not_announced_on=best.not_announced_on,
        source=best.source,
        source_type=best.source_type or "",
        bulletin=best.bulletin or "",
        note="; ".join(note for note in notes if note),
    )


def _conflict(release: Release) -> str:
    said = ", ".join(f"{name.replace('_', ' ')} {day}" for name, day in _dates(release).items())
    return f"conflict: {release.place} says {said or 'no date'}"
