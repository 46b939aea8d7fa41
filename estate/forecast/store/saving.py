"""Saving a version: once, and whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from estate.forecast.store.batches import insert
from estate.forecast.store.documents import pin
from estate.store.forecast import (
    ForecastException,
    ForecastFunding,
    ForecastInput,
    ForecastRow,
    ForecastUnit,
    ForecastVersion,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy.orm import Session

    from estate.forecast.version import CostedUnit, FeedRow, FundingRow, Unquantified, Version


def save(session: Session, version: Version, contents: Mapping[str, bytes], run_id: int | None = None) -> Version:
    """Store a version with the content of its files, and return it with its id and time.

    ``contents`` maps a file's name to its bytes; a content that is stored already is not stored again.
    """
    created = dt.datetime.now(dt.UTC)
    stored = ForecastVersion(
        state=version.state,
        created_at=created,
        as_of=version.as_of,
        base_fy=str(version.base_fy),
        years=version.years,
        entity=version.entity,
        run_id=run_id,
        header=version.header,
    )
    session.add(stored)
    session.flush()
    inputs = pin(session, contents)
    pinned = [{"version_id": stored.id, "file": file, "sha256": digest} for file, digest in inputs.items()]
    insert(session, ForecastInput, pinned)
    insert(session, ForecastUnit, _plain(version.units, stored.id))
    insert(session, ForecastRow, _plain(version.rows, stored.id))
    insert(session, ForecastFunding, _plain(version.funding, stored.id))
    insert(session, ForecastException, _plain(version.exceptions, stored.id))
    return replace(version, id=stored.id, created_at=created, inputs=inputs)


def _plain(
    items: Sequence[FeedRow | FundingRow | Unquantified | CostedUnit], version_id: int
) -> Iterator[dict[str, Any]]:
    """The items of one class as rows of its table."""
    names = tuple(items[0].__dataclass_fields__) if items else ()
    for item in items:
        values = {name: getattr(item, name) for name in names}
        if "fy" in values:
            values["fy"] = str(values["fy"])
        yield {"version_id": version_id} | values
