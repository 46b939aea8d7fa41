"""A version's header without its rows and units: what most questions need of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.errors import EstateError
from estate.forecast import store
from estate.store.forecast import ForecastVersion

if TYPE_CHECKING:
    from estate.store.database import Database


@dataclass(frozen=True, slots=True)
class Header:
    """A version's id, state and day, and its header (:mod:`estate.forecast.version`)."""

    id: int
    state: str
    as_of: dt.date
    values: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        """What the header holds under a key.

        Raises:
            EstateError: when the version is of a release that did not compute it.
        """
        if key not in self.values:
            raise EstateError(f"forecast {self.id} is of a release that did not compute its {key}; run a new one")
        return self.values[key]


def header_of(database: Database, version_id: int | None) -> Header | None:
    """The header of a version, of the newest where none is named; None where there is none at all.

    Raises:
        EstateError: when there is no version of this id.
    """
    with database.reading() as session:
        wanted = store.latest(session) if version_id is None else version_id
        if wanted is None:
            return None
        stored = session.get(ForecastVersion, wanted)
        if stored is None:
            raise EstateError(f"there is no forecast {wanted}; 'estate forecast list' shows those there are")
        return Header(stored.id, stored.state, stored.as_of, stored.header)
