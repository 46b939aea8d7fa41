"""Signing a version: its report is rendered once, and kept byte for byte with the signature."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from config.errors import EstateError
from estate.forecast import store
from estate.forecast.content import content_hash
from estate.forecast.signature import SIGNED, Event, accepted, move, unpriced
from estate.forecast.store import states
from estate.reports.gather import gather, status_of
from estate.reports.write import render_report

if TYPE_CHECKING:
    from pathlib import Path

    from config.settings import Settings
    from estate.store.database import Database


@dataclass(frozen=True, slots=True)
class Signed:
    """What came of it: the event with the SHA-256 of every file, and the version that it supersedes, or None."""

    event: Event
    supersedes: int | None


def sign_version(
    database: Database,
    folder: Path,
    settings: Settings,
    version_id: int,
    now: dt.datetime,
    *,
    by: str,
    reference: str,
    accept_unpriced: str = "",
) -> Signed:
    """Sign a submitted version.

    Args:
        database: where the version is.
        folder: the estate folder, for the status of a version that did not keep its population.
        settings: for ``unpriced_tolerance_pct``.
        version_id: which one.
        now: this instant.
        by: who signs.
        reference: the minute or decision that says so.
        accept_unpriced: why more unpriced units than the tolerance are accepted; blank where they are not.

    Raises:
        EstateError: when it is not submitted, was damaged since, holds too much without a price, or somebody else
            signed meanwhile.
    """
    if not by.strip() or not reference.strip():
        raise EstateError("a signature needs a name and a reference: --by NAME --reference TEXT")
    with database.reading() as session:
        version = store.load(session, version_id)
        history = states.events(session, version_id)
        opening = states.opening(session, version_id)
    move(version_id, version.state, SIGNED)
    digest = content_hash(version)
    if not history or history[-1].content_sha256 != digest:
        raise EstateError(
            f"forecast {version_id} is not what was submitted: 'estate forecast verify {version_id}' says what differs"
        )
    details = accepted(unpriced(version.header, settings.unpriced_tolerance_pct), accept_unpriced)
    event = Event(version_id, SIGNED, now, digest, by.strip(), reference.strip(), opening, {}, details)
    shown = replace(version, state=SIGNED)
    extras = gather(database, shown, opening, event)
    files = render_report(shown, status_of(database, folder, settings, version), extras)
    event = replace(event, outputs={name: hashlib.sha256(data).hexdigest() for name, data in files.items()})
    with database.writing() as session:
        return Signed(event, states.sign(session, event, files))
