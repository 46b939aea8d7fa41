"""The states of versions in the database: events, the files of a signed report, and what is dropped when it is old."""

from __future__ import annotations

import datetime as dt
import hashlib
import zlib
from typing import TYPE_CHECKING

import sqlalchemy as sa

from config.errors import EstateError
from estate.forecast.signature import DRAFT, SIGNED, SUBMITTED, SUPERSEDED, Event, move
from estate.forecast.store.documents import pin
from estate.forecast.store.listing import what_ifs
from estate.store.forecast import Blob, ForecastEvent, ForecastInput, ForecastOutput, ForecastVersion
from estate.store.tables import Base

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy.orm import Session


def submit(session: Session, event: Event) -> None:
    """Freeze a draft: from here on the database lets nothing of it change.

    Raises:
        EstateError: when there is no such version, or it is no draft.
    """
    stored = _locked(session, event.version_id)
    move(stored.id, stored.state, SUBMITTED)
    stored.state = SUBMITTED
    _record(session, event)
    session.flush()


def sign(session: Session, event: Event, files: Mapping[str, bytes]) -> int | None:
    """Store the files of a report and sign its version; returns the id of the version that it supersedes, or None.

    The newest signature of an entity and base year supersedes the earlier one. ``event.refers_to`` must be the
    version that was the last signed one when the report was rendered.

    Raises:
        EstateError: when the version is not submitted (any more), or somebody signed another one meanwhile.
    """
    rivals = _rivals(session, event.version_id)
    stored = next(item for item in rivals if item.id == event.version_id)
    move(stored.id, stored.state, SIGNED)
    signed = last_signed(session, stored.id)
    if signed is not None and signed != event.refers_to:
        raise EstateError(
            f"another forecast was signed while the report of forecast {stored.id} was made, so it explains the wrong "
            "difference: sign again"
        )
    digests = pin(session, files)
    if digests != event.outputs:
        raise EstateError("the files of the report are not those of the event")  # a mistake of the caller
    session.add_all(
        ForecastOutput(version_id=stored.id, place=place, file=name, sha256=digests[name])
        for place, name in enumerate(files)
    )
    session.flush()
    earlier = next((item for item in rivals if item.state == SIGNED and item.id != stored.id), None)
    if earlier is not None:
        earlier.state = SUPERSEDED
        was = events(session, earlier.id)[-1].content_sha256
        _record(session, Event(earlier.id, SUPERSEDED, event.at, was, event.by, event.reference, stored.id))
        session.flush()
    stored.state = SIGNED
    _record(session, event)
    session.flush()
    return earlier.id if earlier else None


def _rivals(session: Session, version_id: int) -> Sequence[ForecastVersion]:
    """All versions of the same entity and base year, this one too.

    Of two who sign at the same moment the second waits here, and then sees what the first did; both lock in the same
    order, so that neither waits for the other for ever.
    """
    own = session.get(ForecastVersion, version_id)
    if own is None:
        raise EstateError(f"there is no forecast {version_id}; 'estate forecast list' shows those there are")
    same = sa.select(ForecastVersion).where(
        ForecastVersion.entity == own.entity, ForecastVersion.base_fy == own.base_fy
    )
    fresh = same.order_by(ForecastVersion.id).with_for_update().execution_options(populate_existing=True)
    return session.scalars(fresh).all()


def _locked(session: Session, version_id: int) -> ForecastVersion:
    stored = session.scalar(sa.select(ForecastVersion).where(ForecastVersion.id == version_id).with_for_update())
    if stored is None:
        raise EstateError(f"there is no forecast {version_id}; 'estate forecast list' shows those there are")
    return stored


def _record(session: Session, event: Event) -> None:
    session.add(
        ForecastEvent(
            version_id=event.version_id,
            state=event.state,
            at=event.at,
            by=event.by,
            reference=event.reference,
            content_sha256=event.content_sha256,
            refers_to=event.refers_to,
            details=dict(event.details),
            seal=event.seal,
        )
    )


def events(session: Session, version_id: int) -> list[Event]:
    """What happened to a version, in order, as it was written down; the seals are in :func:`seals`."""
    digests = {
        row.file: row.sha256
        for row in session.execute(
            sa.select(ForecastOutput.file, ForecastOutput.sha256)
            .where(ForecastOutput.version_id == version_id)
            .order_by(ForecastOutput.place)
        )
    }
    found = session.scalars(
        sa.select(ForecastEvent).where(ForecastEvent.version_id == version_id).order_by(ForecastEvent.id)
    )
    return [
        Event(
            item.version_id,
            item.state,
            item.at,
            item.content_sha256,
            item.by,
            item.reference,
            item.refers_to,
            digests if item.state == SIGNED else {},
            item.details,
        )
        for item in found
    ]


def seals(session: Session, version_id: int) -> list[str]:
    """The stored seals of :func:`events`."""
    query = sa.select(ForecastEvent.seal).where(ForecastEvent.version_id == version_id).order_by(ForecastEvent.id)
    return list(session.scalars(query))


def outputs(session: Session, version_id: int) -> dict[str, bytes]:
    """The files of a signed version's report in the order in which they were written; none where it is not signed."""
    query = (
        sa.select(ForecastOutput.file, Blob.data)
        .join(Blob, Blob.sha256 == ForecastOutput.sha256)
        .where(ForecastOutput.version_id == version_id)
        .order_by(ForecastOutput.place)
    )
    return {row.file: zlib.decompress(row.data) for row in session.execute(query)}


def damaged(session: Session, version_id: int) -> list[str]:
    """The stored inputs and outputs of a version whose content is not what its hash says."""
    wrong = []
    for table in (ForecastInput, ForecastOutput):
        query = sa.select(table.file, table.sha256, Blob.data).join(Blob, Blob.sha256 == table.sha256)
        for row in session.execute(query.where(table.version_id == version_id)):
            try:
                data = zlib.decompress(row.data)
            except zlib.error:
                data = b""
            if hashlib.sha256(data).hexdigest() != row.sha256:
                wrong.append(row.file)
    return wrong


def last_signed(session: Session, before: int) -> int | None:
    """Of the versions made before this one, the one that was signed last, whatever its base year; None for none."""
    query = sa.select(ForecastEvent.version_id).where(ForecastEvent.state == SIGNED, ForecastEvent.version_id < before)
    return session.scalar(query.order_by(ForecastEvent.id.desc()).limit(1))


def ever_signed(session: Session) -> list[int]:
    """Every version that was ever signed, superseded or not, in the order of signature."""
    query = sa.select(ForecastEvent.version_id).where(ForecastEvent.state == SIGNED).order_by(ForecastEvent.id)
    return list(session.scalars(query))


def opening(session: Session, version_id: int) -> int | None:
    """The version from which a report of this one bridges: the last signed, else the one before it; or None."""
    signed = last_signed(session, version_id)
    if signed is not None:
        return signed
    before = sa.select(sa.func.max(ForecastVersion.id)).where(
        ForecastVersion.id < version_id, ForecastVersion.id.not_in(what_ifs())
    )
    return session.scalar(before)


def prune(session: Session, today: dt.date, days: int, months: int) -> list[int]:
    """Drop old drafts that nights made, and then every content that nothing refers to; returns the ids dropped.

    Kept are all drafts of the last ``days`` days, then the last of each month for ``months`` months, whatever was
    submitted or signed, whatever a signature refers to, and drafts that a person made.
    """
    referred = sa.select(ForecastEvent.refers_to).where(ForecastEvent.refers_to.is_not(None))
    drafts = session.execute(
        sa.select(ForecastVersion.id, ForecastVersion.as_of)
        .where(
            ForecastVersion.state == DRAFT,
            ForecastVersion.run_id.is_not(None),
            ForecastVersion.id.not_in(referred),
        )
        .order_by(ForecastVersion.as_of, ForecastVersion.id)
    ).all()
    last_of_month = {(row.as_of.year, row.as_of.month): row.id for row in drafts}
    this_month = today.year * 12 + today.month
    kept = {item for (year, month), item in last_of_month.items() if this_month - (year * 12 + month) <= months}
    old = [row.id for row in drafts if (today - row.as_of).days > days and row.id not in kept]
    for version_id in old:
        # somebody may submit it at this very moment: then it stays
        gone = sa.delete(ForecastVersion).where(ForecastVersion.id == version_id, ForecastVersion.state == DRAFT)
        session.execute(gone)
    _drop_orphans(session)
    return old


def _drop_orphans(session: Session) -> None:
    """Delete each content that no table refers to; one that somebody is about to refer to is left for next time."""
    users = [
        column
        for table in Base.metadata.tables.values()
        for column in table.columns
        if any(key.column.table.name == Blob.__tablename__ for key in column.foreign_keys)
    ]
    unused = sa.select(Blob.sha256).where(
        *(~sa.exists().where(column == Blob.sha256).correlate(Blob.__table__) for column in users)
    )
    found: Collection[str] = session.scalars(unused.with_for_update(skip_locked=True)).all()
    for digest in found:
        session.execute(sa.delete(Blob).where(Blob.sha256 == digest))
