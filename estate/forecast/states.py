"""Submitting and verifying versions of the database, and fetching what was signed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from config.errors import EstateError
from config.folder import OVERLAY
from estate import heap
from estate.forecast import store
from estate.forecast.compute import compute
from estate.forecast.content import content_hash
from estate.forecast.pin import POPULATION
from estate.forecast.service import pinned_inputs, release
from estate.forecast.signature import SIGNED, SUBMITTED, SUPERSEDED, Event, move
from estate.forecast.store import states
from estate.forecast.verify import DIFFERS, HOLDS, SKIPPED, Check, again, history, identities, signed_files

if TYPE_CHECKING:
    from config.settings import Settings
    from estate.forecast.version import Version
    from estate.store.database import Database


def submit_version(database: Database, version_id: int, now: dt.datetime) -> Event:
    """Freeze a draft, with the hash of all its inputs and outputs.

    Raises:
        EstateError: when there is no such version, or it is no draft.
    """
    with database.reading() as session:
        version = store.load(session, version_id)
    move(version_id, version.state, SUBMITTED)
    if any(name.startswith(OVERLAY) for name in version.inputs):
        raise EstateError(f"forecast {version_id} is a what-if: nobody has decided its overlay, so nobody can sign it")
    event = Event(version_id, SUBMITTED, now, content_hash(version))
    with database.writing() as session:
        states.submit(session, event)
    return event


def prune_drafts(database: Database, settings: Settings, today: dt.date) -> list[int]:
    """Drop old drafts that nights made, by ``keep_drafts_days`` and ``keep_drafts_months``; returns their ids.

    Whatever was submitted or signed stays, and so does what a signature refers to, and what a person ran.
    """
    with database.writing() as session:
        return states.prune(session, today, settings.keep_drafts_days, settings.keep_drafts_months)


def signed_report(database: Database, version_id: int) -> dict[str, bytes]:
    """The files of the report that was signed, by name in the order of writing; none where it was not signed."""
    with database.reading() as session:
        return states.outputs(session, version_id)


@heap.growing()
def verify_version(database: Database, version_id: int) -> tuple[Version, list[Check]]:
    """Prove a version: hash, seals, identities, cross-casts, stored files, and the same again from its pins.

    Raises:
        EstateError: when there is no such version.
    """
    with database.reading() as session:
        version = store.load(session, version_id)
        events, seals = states.events(session, version_id), states.seals(session, version_id)
        damaged = states.damaged(session, version_id)
        files = {} if damaged else states.outputs(session, version_id)
    digest = content_hash(version)
    checks = [
        Check(
            "every stored file is what its hash says",
            DIFFERS if damaged else HOLDS,
            f"{', '.join(damaged)}: restore the database from a copy" if damaged else "",
        ),
        *history(events, seals, version.state, digest),
        *identities(version),
    ]
    if version.state in {SIGNED, SUPERSEDED} and not damaged:
        checks.append(signed_files(version, files))
    checks.append(_again(database, version, digest, broken=bool(damaged)))
    return version, checks


def _again(database: Database, version: Version, digest: str, *, broken: bool) -> Check:
    made_by, ours = version.header.get("engine", ""), release()
    reason = ""
    if broken:
        reason = "what it read is damaged"
    elif POPULATION not in version.inputs:
        reason = "it was made by a release that did not keep the units as costed"
    elif made_by != ours:
        reason = f"it was made by release {made_by}, this is {ours}: only the same release must give the same"
    if reason:
        return Check("computed again from its pinned inputs, it is the same", SKIPPED, reason)
    return again(version, compute(pinned_inputs(database, version.id)), digest)
