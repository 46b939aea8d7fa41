"""Notices in the database: a night's comparison in one transaction, what is still to be sent, and what was told."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from estate.lifecycle.milestones import State
from estate.notices.detail import Detail
from estate.notices.notice import Seen, Standing, Told, compare
from estate.store.notices import Notice, NoticeDelivery, NoticeSeen

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy.orm import Session

    from estate.notices.acknowledgements import Acknowledgement
    from estate.notices.notice import News, Subject

# a database limits how many values one statement may hold
BATCH = 500


@dataclass(frozen=True, slots=True)
class Record:
    """A notice as it is stored. ``told_on`` is its night; ``over_on`` the night on which it was no longer so."""

    id: int
    run_id: int | None
    told_on: dt.date
    what: str
    detail: Detail
    over_on: dt.date | None = None
    acknowledged_by: str = ""
    acknowledged_until: dt.date | None = None


def settle(
    session: Session,
    run_id: int | None,
    now: Mapping[str, Subject],
    acknowledgements: Sequence[Acknowledgement],
    as_of: dt.date,
    channels: Collection[str],
) -> Told:
    """Compare tonight with the last night, and keep all that follows; all of it in the session's one transaction.

    ``channels`` are those that shall send what is new and what comes back; what is acknowledged is not sent, not even
    what a channel still owed.
    """
    told = compare(_seen(session), now, _standing(session), acknowledgements, as_of)
    _add(session, run_id, told.new, channels, as_of)
    for batch in _batches(told.over):
        session.execute(sa.update(Notice).where(Notice.id.in_(batch)).values(over_on=as_of))
    for notice_id, row_of in told.acknowledged:
        values = {"acknowledged_by": row_of.by, "acknowledged_until": row_of.until}
        session.execute(sa.update(Notice).where(Notice.id == notice_id).values(**values))
        waiting = (NoticeDelivery.notice_id == notice_id, NoticeDelivery.sent_at.is_(None))
        session.execute(sa.delete(NoticeDelivery).where(*waiting))
    for notice_id in told.back:
        values = {"acknowledged_by": "", "acknowledged_until": None}
        session.execute(sa.update(Notice).where(Notice.id == notice_id).values(**values))
        _want(session, notice_id, channels, as_of)
    _keep(session, now)
    return told


def _add(session: Session, run_id: int | None, new: Iterable[News], channels: Collection[str], as_of: dt.date) -> None:
    """Keep what is new, and owe to the channels what of it nobody has acknowledged yet."""
    rows = [
        Notice(
            run_id=run_id,
            told_on=as_of,
            subject=item.subject,
            what=item.what,
            detail=item.detail.as_json(),
            over_on=None,
            acknowledged_by=item.acknowledged.by if item.acknowledged else "",
            acknowledged_until=item.acknowledged.until if item.acknowledged else None,
        )
        for item in new
    ]
    session.add_all(rows)
    session.flush()
    session.add_all(
        NoticeDelivery(notice_id=row.id, channel=channel, wanted_on=as_of, sent_at=None)
        for row in rows
        if row.acknowledged_until is None
        for channel in channels
    )


def _want(session: Session, notice_id: int, channels: Iterable[str], as_of: dt.date) -> None:
    """Owe a notice to channels; one that owes it already still does, and one that sent it today does once more."""
    for channel in channels:
        row = session.scalar(
            sa.select(NoticeDelivery).where(
                NoticeDelivery.notice_id == notice_id,
                NoticeDelivery.channel == channel,
                sa.or_(NoticeDelivery.wanted_on == as_of, NoticeDelivery.sent_at.is_(None)),
            )
        )
        if row is None:
            session.add(NoticeDelivery(notice_id=notice_id, channel=channel, wanted_on=as_of, sent_at=None))
        else:
            row.sent_at = None


def _seen(session: Session) -> dict[str, Seen]:
    rows = session.execute(sa.select(NoticeSeen.subject, NoticeSeen.product, NoticeSeen.state, NoticeSeen.date))
    return {subject: Seen(product, State(state), date) for subject, product, state, date in rows}


def _keep(session: Session, now: Mapping[str, Subject]) -> None:
    session.execute(sa.delete(NoticeSeen))
    rows = (
        {"subject": key, "product": item.seen.product, "state": str(item.seen.state), "date": item.seen.date}
        for key, item in now.items()
    )
    while batch := list(itertools.islice(rows, BATCH)):
        session.execute(sa.insert(NoticeSeen), batch)


def _standing(session: Session) -> list[Standing]:
    rows = session.scalars(sa.select(Notice).where(Notice.over_on.is_(None)).order_by(Notice.id))
    return [
        Standing(row.id, row.subject, row.what, Detail.from_json(row.detail), row.acknowledged_until) for row in rows
    ]


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    waiting = iter(ids)
    while batch := list(itertools.islice(waiting, BATCH)):
        yield batch


# ------------------------------------------------------------------------------------------------------------- sending


def waiting(session: Session, channel: str) -> list[Record]:
    """What a channel still has to send, the oldest first."""
    owed = (NoticeDelivery.channel == channel, NoticeDelivery.sent_at.is_(None))
    query = sa.select(Notice).join(NoticeDelivery, NoticeDelivery.notice_id == Notice.id).where(*owed)
    return [_record(row) for row in session.scalars(query.order_by(Notice.id)).unique()]


def sent(session: Session, channel: str, ids: Iterable[int], now: dt.datetime) -> None:
    """Remember that notices got through by a channel."""
    for batch in _batches(ids):
        owed = (
            NoticeDelivery.channel == channel,
            NoticeDelivery.sent_at.is_(None),
            NoticeDelivery.notice_id.in_(batch),
        )
        session.execute(sa.update(NoticeDelivery).where(*owed).values(sent_at=now))


# ------------------------------------------------------------------------------------------------------------- listing


def notices(session: Session, since: dt.date | None = None, *, over: bool = False) -> list[Record]:
    """What was told, the newest night first: since a day, where one is given; with ``over`` also what is no more."""
    query = sa.select(Notice).order_by(Notice.told_on.desc(), Notice.id)
    if since is not None:
        query = query.where(Notice.told_on >= since)
    if not over:
        query = query.where(Notice.over_on.is_(None))
    return [_record(row) for row in session.scalars(query)]


def of_run(session: Session, run_id: int) -> list[Record]:
    """What one night told first, in the order in which it was found."""
    return [
        _record(row) for row in session.scalars(sa.select(Notice).where(Notice.run_id == run_id).order_by(Notice.id))
    ]


def deliveries(session: Session, ids: Collection[int]) -> dict[int, list[tuple[str, dt.datetime | None]]]:
    """By notice, the channels that were to send it and when each did; None where it is still to be sent."""
    found: dict[int, list[tuple[str, dt.datetime | None]]] = {}
    for batch in _batches(sorted(ids)):
        query = sa.select(NoticeDelivery).where(NoticeDelivery.notice_id.in_(batch)).order_by(NoticeDelivery.id)
        for row in session.scalars(query):
            found.setdefault(row.notice_id, []).append((row.channel, row.sent_at))
    return found


def _record(row: Notice) -> Record:
    values: dict[str, Any] = {name: getattr(row, name) for name in Record.__dataclass_fields__ if name != "detail"}
    return Record(**values, detail=Detail.from_json(row.detail))
