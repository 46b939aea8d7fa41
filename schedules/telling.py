"""Telling people: a night's notices are found and kept, then sent; what does not get through waits for the next night.

Every notice reaches each channel at least once: it is marked as sent only when the far end has taken it.
"""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collectors.secrets import SecretError
from config.folder import Folder
from estate.notices import store as notices
from estate.notices.acknowledgements import ACKNOWLEDGEMENTS
from estate.notices.detail import FIRST
from estate.notices.notice import subjects
from estate.notices.wording import headline, lines
from estate.shown import csv_cell, safe_lines
from schedules import mail, store, webhook
from schedules.delivery import MAIL, WEBHOOK, DeliveryError, channels, insist
from schedules.mail import Letter
from schedules.step import Ended

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from config.settings import Settings
    from estate.lifecycle.service import EstateStatus
    from estate.notices.store import Record
    from estate.store.database import Database

# A mail names so many products and devices; the table beside it has every notice.
MAX_LINES, MAX_NAMES = 60, 8
# So many notices stand in one POST, and in one mail: a relay refuses what is too large, every night anew.
BATCH, MAIL_BATCH = 500, 5_000
TABLE = ("told_on", "what", "device", "serial", "vendor", "part_number", "model", "os", "version", "kind", "site",
         "quantity", "state", "milestone", "date", "latest_possible", "was", "was_date", "source", "bulletin",
         "replacement")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Noticed:
    """What a night found: its new notices, those that came back, and how many are acknowledged."""

    new: tuple[Record, ...]
    back: int = 0
    acknowledged: int = 0

    @property
    def first(self) -> bool:
        """Whether there was no night before to compare with."""
        return any(record.what == FIRST for record in self.new)

    def sentence(self) -> str:
        """In one line."""
        told = headline(record.what for record in self.new)
        back = f"; {self.back} back, their acknowledgement over" if self.back else ""
        known = f"; {self.acknowledged} acknowledged" if self.acknowledged else ""
        return f"{told}{back}{known}"


def notice(database: Database, folder: Path, settings: Settings, status: EstateStatus, run_id: int) -> Noticed:
    """Compare tonight with the last night and keep what follows.

    Raises:
        InputError: when acknowledgements.csv holds a mistake.
    """
    rows = Folder(folder).rows(ACKNOWLEDGEMENTS)
    now = subjects(status.units, status.software)
    with database.writing() as session:
        told = notices.settle(session, run_id, now, rows, status.as_of, channels(settings))
        new = tuple(notices.of_run(session, run_id))
    known = sum(item.acknowledged is not None for item in told.new) + len(told.acknowledged)
    return Noticed(new, len(told.back), known)


@dataclass(frozen=True, slots=True)
class Teller:
    """Sends what waits. ``entity`` and the folder come with the settings; ``now`` is the instant of the message."""

    database: Database
    folder: Path
    settings: Settings
    now: dt.datetime

    def mail(self, number: str, summary: str = "", run_id: int | None = None, *, owed_only: bool = False) -> Ended:
        """Send what the mail owes, above the night's summary; a failure is only partly done.

        Args:
            number: what makes the Message-ID of this mail its own.
            summary: the text below the notices.
            run_id: the night that is told of; what an earlier one told stands apart.
            owed_only: whether ``mail.every_night`` does not count.
        """
        waiting = self._waiting(MAIL)
        if not waiting and (owed_only or not self.settings.mail.every_night):
            return Ended(store.DONE, "nothing to tell")
        left = ""
        for first in range(0, max(len(waiting), 1), MAIL_BATCH):
            batch = waiting[first : first + MAIL_BATCH]
            own = f"{number}-{first // MAIL_BATCH}" if first else number
            letter = letter_of(batch, self.settings.entity, "" if first else summary, run_id, own, self.now)
            try:
                left = self._mailed(letter)
            except (DeliveryError, SecretError) as error:
                return Ended(store.PART, f"not sent: {error}{_again(waiting[first:])}")
            self._sent(MAIL, batch)
        told = f"{_many(len(waiting))} to {len(self.settings.mail.to)} recipient{_s(len(self.settings.mail.to))}"
        return Ended(store.PART if left else store.DONE, f"{told}; {left}" if left else told)

    def _mailed(self, letter: Letter) -> str:
        return insist(lambda: mail.send(letter, self.settings.mail, self.folder))

    def _posted(self, document: dict[str, Any]) -> str:
        return insist(lambda: webhook.send(document, self.settings.webhook, self.folder, self.now))

    def webhook(self, run_id: int | None) -> Ended:
        """Post what the webhook owes, so many at once; a failure is only partly done."""
        waiting = self._waiting(WEBHOOK)
        for first in range(0, len(waiting), BATCH):
            batch = waiting[first : first + BATCH]
            try:
                self._posted(document_of(batch, self.settings.entity, run_id))
            except (DeliveryError, SecretError) as error:
                return Ended(store.PART, f"not sent: {error}{_again(waiting[first:])}")
            self._sent(WEBHOOK, batch)
        return Ended(store.DONE, _many(len(waiting)) if waiting else "nothing to tell")

    def _waiting(self, channel: str) -> list[Record]:
        with self.database.reading() as session:
            return notices.waiting(session, channel)

    def _sent(self, channel: str, records: Sequence[Record]) -> None:
        with self.database.writing() as session:
            notices.sent(session, channel, [record.id for record in records], self.now)


def try_out(settings: Settings, folder: Path, now: dt.datetime) -> dict[str, Ended]:
    """Send a message that says it is a test by every channel there is, and say how each ended."""
    text = (
        f"{safe_lines(settings.entity)}: a test of the settings. Notices of what falls out of support come this way.\n"
    )
    number = f"estate-test-{now:%Y%m%d%H%M%S}"
    document: dict[str, Any] = {
        "entity": settings.entity,
        "run": None,
        "text": html.escape(text.strip(), quote=False),
        "notices": [],
    }
    sends: dict[str, Callable[[], str]] = {
        MAIL: lambda: mail.send(Letter("estate: a test", text, number, now), settings.mail, folder),
        WEBHOOK: lambda: webhook.send(document, settings.webhook, folder, now),
    }
    ended = {}
    for channel in channels(settings):
        try:
            left = insist(sends[channel])
            ended[channel] = Ended(store.PART if left else store.DONE, left or "the test was taken")
        except (DeliveryError, SecretError) as error:
            ended[channel] = Ended(store.PART, f"not sent: {error}")
    return ended


def letter_of(
    records: Sequence[Record], entity: str, summary: str, run_id: int | None, number: str, at: dt.datetime
) -> Letter:
    """The mail about notices: grouped by product for people, one row each in the table beside it."""
    new = [record for record in records if run_id is None or record.run_id == run_id]
    again = [record for record in records if run_id is not None and record.run_id != run_id]
    shown = _shown(new)
    if again:
        shown += [
            "",
            "From earlier nights, sent late, or again because no acknowledgement holds any more:",
            *_shown(again),
        ]
    subject = headline(record.what for record in records)
    head = [f"{safe_lines(entity)}: {subject}", *shown] if records else [f"{safe_lines(entity)}: nothing new"]
    foot = ["", "Whoever takes note of one writes a row into acknowledgements.csv; estate notices lists them all."]
    text = "\n".join([*head, *(foot if records else []), *(["", safe_lines(summary)] if summary else []), ""])
    return Letter(f"estate: {subject}", text, number, at, _table(records) if len(records) > 1 else "")


def _shown(records: Sequence[Record]) -> list[str]:
    told = lines(records, MAX_NAMES)
    more = [f"  and {len(told) - MAX_LINES} more lines: see notices.csv"] if len(told) > MAX_LINES else []
    return [*(f"  {line}" for line in told[:MAX_LINES]), *more]


def _table(records: Sequence[Record]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(TABLE)
    for record in records:
        values = {"told_on": record.told_on, "what": record.what}
        writer.writerow([csv_cell(values.get(name, getattr(record.detail, name, None))) for name in TABLE])
    return stream.getvalue()


def document_of(records: Sequence[Record], entity: str, run_id: int | None) -> dict[str, Any]:
    """What is posted: ``text`` for a chat, and every notice whole. ``id`` of a notice tells a copy from a new one."""
    told = lines(records, MAX_NAMES)
    more = [f"and {len(told) - MAX_LINES} more lines"] if len(told) > MAX_LINES else []
    subject = headline(record.what for record in records)
    return {
        "entity": entity,
        "run": run_id,
        # a chat takes <...> for a link or a call to everybody: a device's name must be neither
        "text": html.escape("\n".join([f"{entity}: {subject}", *told[:MAX_LINES], *more]), quote=False),
        "notices": [
            {"id": record.id, "run": record.run_id, "told_on": record.told_on.isoformat(), "what": record.what}
            | record.detail.as_json()
            for record in records
        ],
    }


def _again(waiting: Sequence[Record]) -> str:
    return f"; {_many(len(waiting))} wait{'' if len(waiting) != 1 else 's'} for the next night" if waiting else ""


def _many(number: int) -> str:
    return f"{number} notice{_s(number)}"


def _s(number: int) -> str:
    return "" if number == 1 else "s"
