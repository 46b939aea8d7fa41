"""Tables of the notices: how each subject stood at the last night, what was told of it, and to whom it got through."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from estate.store.base import Base


class NoticeSeen(Base):
    """How a unit, or the software of a device, stood at the last night whose comparison was completed."""

    __tablename__ = "notice_seen"

    subject: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str]  # what was matched: another product is another date, not a date that moved
    state: Mapped[str]
    date: Mapped[dt.date | None]


class Notice(Base):
    """One thing told of one subject. The latest of a subject holds until ``over_on``, when it ceased to be so."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id", ondelete="SET NULL"))
    told_on: Mapped[dt.date] = mapped_column(index=True)
    subject: Mapped[str] = mapped_column(index=True)
    what: Mapped[str]  # unsupported, ending, dated, moved, undated, first
    detail: Mapped[dict[str, Any]]  # estate.notices.detail.Detail as JSON
    over_on: Mapped[dt.date | None]
    acknowledged_by: Mapped[str] = mapped_column(default="")
    acknowledged_until: Mapped[dt.date | None]


class NoticeDelivery(Base):
    """That a notice is to be sent by a channel: when it was wanted, and when it got through (None: not yet)."""

    __tablename__ = "notice_delivery"
    __table_args__ = (UniqueConstraint("notice_id", "channel", "wanted_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    channel: Mapped[str]  # mail, webhook
    wanted_on: Mapped[dt.date]
    sent_at: Mapped[dt.datetime | None]
