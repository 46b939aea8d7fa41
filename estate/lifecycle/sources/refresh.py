"""One refresh: what the estate has is asked for, what is answered goes into a pack of the council's own, at once.

Every answer is kept as soon as it is there, so that a run that is stopped, by a quota or by hand, has lost nothing, and
the next one asks only for the rest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.secrets import resolve
from config.errors import UsageError
from estate.lifecycle.entries import HARDWARE
from estate.lifecycle.match import match
from estate.lifecycle.milestones import Grade
from estate.lifecycle.packs import part_key
from estate.lifecycle.sources import eox_records
from estate.lifecycle.sources.asking import questions
from estate.lifecycle.sources.changes import Cells, Change, Kind, changes, dates_of, spoken
from estate.lifecycle.sources.eox import Batch, EoxClient
from estate.lifecycle.sources.memory import Memory
from estate.lifecycle.sources.packfile import PackFile, key_of
from estate.lifecycle.sources.web import SourceError, Web

if TYPE_CHECKING:
    from config.settings import CiscoEox, Lifecycle
    from estate.lifecycle.packs import Catalogue
    from estate.lifecycle.status import UnitStatus

CISCO_EOX = "cisco-eox"


@dataclass(slots=True)
class Refreshed:
    """How the refresh of one source went.

    ``left`` counts what is due and was not answered for; ``stopped`` says why the source did not go on, blank where it
    did; ``limited`` says that the user wanted no more.
    """

    source: str
    asked: int = 0
    answered: int = 0
    left: int = 0
    limited: bool = False
    stopped: str = ""
    changes: list[Change] = field(default_factory=list)

    @property
    def partly(self) -> bool:
        """Whether something that was to be answered was not."""
        return bool(self.stopped) or any(change.kind is Kind.UNANSWERED for change in self.changes)


def refresh_cisco(
    folder: Path,
    settings: Lifecycle,
    catalogue: Catalogue,
    items: Sequence[UnitStatus],
    day: dt.date,
    limit: int | None = None,
    web: Web | None = None,
) -> Refreshed:
    """Ask Cisco about the estate's part numbers.

    Raises:
        UsageError: when there are no references to a client's id and secret.
        SecretError: when a reference leads nowhere.
        InputError: when the pack that is there holds a problem.
    """
    own = settings.cisco_eox
    if not (own.client_id and own.client_secret):
        raise UsageError(
            "Cisco's interface needs a client: write references to its id and secret into lifecycle.cisco_eox of "
            "estate.toml (client_id, client_secret); both come with a support contract"
        )
    client = EoxClient(web or Web(settings), own, resolve(own.client_id, folder), resolve(own.client_secret, folder))
    pack, memory = PackFile(folder, CISCO_EOX, HARDWARE), Memory(folder, CISCO_EOX)
    vendor = catalogue.vendor(eox_records.VENDOR)
    found = questions(
        items,
        lambda name: catalogue.vendor(name) == vendor,
        eox_records.askable,
        memory.asked,
        day,
        own.refresh_after_days,
    )
    parts = found.parts[:limit]
    result = Refreshed(CISCO_EOX, asked=len(parts), limited=len(parts) < len(found.parts))
    result.changes += [Change(Kind.LEFT_OUT, CISCO_EOX, name, note="no part number") for name in found.junk]
    try:
        for batch in client.ask(parts):
            said = _folded(batch, pack, memory, catalogue, own, day)
            pack.save()
            memory.save()
            result.changes += said
    except SourceError as error:
        result.stopped = str(error)
    result.answered = sum(memory.asked.get(part) == day for part in parts)
    result.left = len(found.parts) - result.answered
    return result


def _folded(
    batch: Batch, pack: PackFile, memory: Memory, catalogue: Catalogue, settings: CiscoEox, day: dt.date
) -> list[Change]:
    """What one answer changes, put into the pack."""
    if batch.refused:
        memory.asked |= {part_key(part): day for part in batch.parts}
        return [Change(Kind.REFUSED, CISCO_EOX, part, note=batch.refused) for part in batch.parts]
    answers = eox_records.told(batch.records, batch.parts, day, settings.base_url)
    silent = set(batch.parts) - {answer.part for answer in answers}
    found = [Change(Kind.UNANSWERED, CISCO_EOX, part, note="nothing was said of it") for part in sorted(silent)]
    for answer in answers:
        memory.asked[part_key(answer.part)] = day
        if answer.row is None:
            found.append(Change(Kind.REFUSED, CISCO_EOX, answer.part, note=answer.reason))
        else:
            found += _kept(answer.row, pack, catalogue)
    return found


def _kept(row: Cells, pack: PackFile, catalogue: Catalogue) -> list[Change]:
    """Put a row into the pack, unless it says that nothing is announced where another source has a date."""
    subject = row["part_number"]
    before, place = pack.rows.get(key_of(row)), ""
    if before is None:
        before, place = shipped(catalogue, row)
    if place and dates_of(before) and not dates_of(row):
        note = f"no end announced, and {place} says {spoken(dates_of(before))}: that date is kept"
        return [Change(Kind.CONFLICT, CISCO_EOX, subject, note=note)]
    pack.put(row)
    return changes(CISCO_EOX, subject, before, row)


def shipped(catalogue: Catalogue, row: Cells) -> tuple[Cells | None, str]:
    """What was known of a part number before the source's own pack, and where; None and blank for nothing exact."""
    found = match(catalogue, row["vendor"], row["part_number"], "")
    if found.grade is not Grade.EXACT:
        return None, ""
    known = {name: day.isoformat() for name, day in found.dates.items()}
    if found.not_announced_on:
        known["not_announced_on"] = found.not_announced_on.isoformat()
    return known, found.row
