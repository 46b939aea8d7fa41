"""Which rows of the catalogue leave the house: those that the estate's dates rest on, or the best of every product."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

from config.errors import EstateError
from estate.lifecycle.entries import Entry, Release
from estate.lifecycle.match import trust
from estate.lifecycle.milestones import Grade
from estate.lifecycle.sources.changes import Cells
from estate.lifecycle.sources.openeox import SHELL, core_of, statement_of
from estate.lifecycle.sources.packfile import Key, key_of

if TYPE_CHECKING:
    from estate.lifecycle.packs import Catalogue
    from estate.lifecycle.service import EstateStatus

# A series says the latest possible date of its last model: as a date of one product it would be false.
FIRM = frozenset({Grade.EXACT, Grade.ALIAS, Grade.TRAIN})


def rows_of_estate(catalogue: Catalogue, status: EstateStatus) -> list[Cells]:
    """The rows that the dates of the estate's units and software come from, each once."""
    matches = [item.state.match for item in status.units if not item.excluded]
    matches += [item.state.match for item in status.software]
    wanted = {match.row for match in matches if match.grade in FIRM}
    return [cells_of(item) for place, item in _placed(catalogue) if place in wanted]


def rows_of_catalogue(catalogue: Catalogue) -> list[Cells]:
    """The best row of every product and release: the council's own before what ships, then the most trusted."""
    best: dict[Key, Cells] = {}
    for _, item in _placed(catalogue):
        cells = cells_of(item)
        best.setdefault(key_of(cells), cells)
    return list(best.values())


def _placed(catalogue: Catalogue) -> list[tuple[str, Entry | Release]]:
    entries: list[tuple[str, Entry | Release]] = []
    for pack in catalogue.packs:
        listed = {
            f"{pack.origin}{entry.place}": entry
            for index in (pack.by_part, pack.by_model)
            for rows in index.values()
            for entry in rows
        }
        entries += sorted(listed.items(), key=lambda item: (trust(item[1].source_type), item[0]))
    releases = [(release.place, release) for release in catalogue.releases]
    return entries + sorted(
        releases, key=lambda item: (item[0].startswith("config/"), trust(item[1].source_type), item[0])
    )


def cells_of(item: Entry | Release) -> Cells:
    """A row of the catalogue as the text of its columns."""
    values = dataclasses.asdict(item)
    del values["place"]
    return {name: value if isinstance(value, str) else value.isoformat() for name, value in values.items() if value}


def openeox(rows: list[Cells], day: dt.date) -> tuple[dict[str, Any], Counter[str]]:
    """A document of OpenEoX statements, and how many rows it cannot hold, by reason.

    Raises:
        EstateError: when it can hold none.
    """
    listed, left_out = [], Counter[str]()
    for row in rows:
        core, reason = core_of(row, day)
        if core:
            listed.append(statement_of(row, core))
        else:
            left_out[reason.partition(" (")[0]] += 1
    if not listed:
        told = ", ".join(f"{count} with {reason}" for reason, count in left_out.most_common())
        raise EstateError(f"no row gives both dates that OpenEoX Core demands ({told or 'no row at all'})")
    return {"$schema": SHELL, "statements": listed}, left_out
