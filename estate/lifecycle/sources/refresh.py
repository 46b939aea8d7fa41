"""One refresh: what the estate has is asked for, what is answered goes into a pack of the council's own, at once.

Every answer is kept as soon as it is there, so that a run that is stopped, by a quota or by hand, has lost nothing, and
the next one asks only for the rest.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.secrets import resolve
from config.errors import UsageError
from estate.lifecycle.entries import HARDWARE, SOFTWARE
from estate.lifecycle.packs import part_key
from estate.lifecycle.sources import eol_releases, eox_records
from estate.lifecycle.sources.asking import due, questions
from estate.lifecycle.sources.changes import Change, Kind
from estate.lifecycle.sources.endoflife import EndOfLifeClient, Said
from estate.lifecycle.sources.eox import Batch, EoxClient
from estate.lifecycle.sources.known import keep, known
from estate.lifecycle.sources.memory import Memory
from estate.lifecycle.sources.packfile import PackFile, key_of, subject_of
from estate.lifecycle.sources.web import SourceError, Web
from estate.lifecycle.status import software_of

if TYPE_CHECKING:
    from config.sections.lifecycle import CiscoEox, Lifecycle
    from estate.lifecycle.packs import Catalogue
    from estate.lifecycle.service import EstateStatus

CISCO_EOX, ENDOFLIFE = "cisco-eox", "endoflife.date"
# A pack's name may hold no dot: it is also the name of a table.
ENDOFLIFE_PACK = "endoflife-date"


@dataclass(slots=True)
class Refreshed:
    """How the refresh of one source went.

    ``left`` counts what is due and was not answered for; ``stopped`` says why the source did not go on, blank where it
    did; ``remarks`` are about the source itself.
    """

    source: str
    asked: int = 0
    answered: int = 0
    left: int = 0
    stopped: str = ""
    interrupted: bool = False
    changes: list[Change] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def interrupt(self) -> None:
        """End here because a person wants it; what was answered is kept and told."""
        self.stopped, self.interrupted = "stopped by hand", True

    @property
    def partly(self) -> bool:
        """Whether something that was to be answered was not."""
        return bool(self.stopped) or any(change.kind is Kind.UNANSWERED for change in self.changes)


def refresh_cisco(
    folder: Path,
    settings: Lifecycle,
    catalogue: Catalogue,
    status: EstateStatus,
    limit: int | None = None,
) -> Refreshed:
    """Ask Cisco about the estate's part numbers.

    Raises:
        UsageError: when there are no references to a client's id and secret.
        SecretError: when a reference leads nowhere.
        InputError: when the pack that is there holds a problem.
    """
    own, day = settings.cisco_eox, status.as_of
    if not (own.client_id and own.client_secret):
        raise UsageError(
            "Cisco's interface needs a client: write references to its id and secret into lifecycle.cisco_eox of "
            "estate.toml (client_id, client_secret); both come with a support contract"
        )
    client = EoxClient(Web(settings), own, resolve(own.client_id, folder), resolve(own.client_secret, folder))
    pack, memory = PackFile(folder, CISCO_EOX, HARDWARE), Memory(folder, CISCO_EOX)
    vendor = catalogue.vendor(eox_records.VENDOR)
    found = questions(
        status.units,
        lambda name: catalogue.vendor(name) == vendor,
        eox_records.askable,
        memory.asked,
        day,
        own.refresh_after_days,
    )
    parts = found.parts[:limit]
    result = Refreshed(CISCO_EOX, asked=len(parts))
    result.changes += [Change(Kind.LEFT_OUT, CISCO_EOX, name, note="no part number") for name in found.junk]
    try:
        for batch in client.ask(parts):
            said = _records(batch, pack, memory, catalogue, own, day)
            pack.save()
            memory.save()
            result.changes += said
    except SourceError as error:
        result.stopped = str(error)
    except KeyboardInterrupt:
        result.interrupt()
    result.answered = sum(memory.asked.get(part) == day for part in parts)
    result.left = len(found.parts) - result.answered
    return result


def _records(
    batch: Batch, pack: PackFile, memory: Memory, catalogue: Catalogue, settings: CiscoEox, day: dt.date
) -> list[Change]:
    """What one answer of Cisco's changes, put into the pack."""
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
            found += keep(CISCO_EOX, answer.row, pack, known(catalogue, answer.row, pack))
    return found


def refresh_endoflife(
    folder: Path,
    settings: Lifecycle,
    catalogue: Catalogue,
    status: EstateStatus,
    limit: int | None = None,
) -> Refreshed:
    """Ask endoflife.date about the systems that the estate runs.

    Raises:
        InputError: when the pack that is there holds a problem.
    """
    own, day = settings.endoflife_date, status.as_of
    client = EndOfLifeClient(Web(settings, own.redirect_hosts), own)
    pack, memory = PackFile(folder, ENDOFLIFE_PACK, SOFTWARE), Memory(folder, ENDOFLIFE_PACK)
    systems = {software_of(item.unit)[:2] for item in status.software}
    running = eol_releases.products_of(catalogue, systems)
    asked = [product for product in running if due(memory.asked, product.name, day, own.refresh_after_days)]
    asked.sort(key=lambda product: memory.asked.get(product.name, dt.date.min))
    result = Refreshed(ENDOFLIFE, asked=len(asked[:limit]))
    try:
        for product in asked[:limit]:
            _product(product, client, pack, memory, catalogue, result, day)
    except SourceError as error:
        result.stopped = str(error)
    except KeyboardInterrupt:
        result.interrupt()
    result.left = len(asked) - result.answered
    return result


def _product(
    product: eol_releases.Product,
    client: EndOfLifeClient,
    pack: PackFile,
    memory: Memory,
    catalogue: Catalogue,
    result: Refreshed,
    day: dt.date,
) -> None:
    """Ask for one product and keep what is answered."""
    source = f"{client.address(product.name)} (endoflife.date API v1, read {day})"
    before = [row for row in pack.rows.values() if row["source"].startswith(f"{client.address(product.name)} ")]
    # without its rows, "unchanged since" would say nothing
    answer = client.product(product.name, memory.marks.get(product.name, "") if before else "")
    if answer.missing:
        note = "not found (HTTP 404): renamed or withdrawn; what was known is kept"
        result.changes.append(Change(Kind.UNANSWERED, ENDOFLIFE, product.name, note=note))
        return
    if answer.unchanged:
        for row in eol_releases.again(before, product, day, source):
            pack.put(row)
            result.changes.append(Change(Kind.SAME, ENDOFLIFE, subject_of(row)))
    else:
        result.changes += _releases(answer, product, pack, catalogue, result, day, source)
    memory.asked[product.name] = day
    memory.marks[product.name] = answer.mark
    pack.save()
    memory.save()
    result.answered += 1


def _releases(
    answer: Said,
    product: eol_releases.Product,
    pack: PackFile,
    catalogue: Catalogue,
    result: Refreshed,
    day: dt.date,
    source: str,
) -> list[Change]:
    """What the answer about a product changes, put into the pack."""
    said = eol_releases.listing(answer.data, product, day, source)
    result.remarks += said.remarks
    found = [Change(Kind.REFUSED, ENDOFLIFE, subject, note=reason) for subject, reason in said.refused]
    found += [
        Change(Kind.LEFT_OUT, ENDOFLIFE, f"{product.os} {name}", note="said to have ended, without a date")
        for name in said.undated
    ]
    named = {key_of(row) for row in said.rows}
    named |= {key_of({"vendor": product.vendor, "os": product.os, "release": name}) for name in said.undated}
    address = source.partition(" ")[0]
    found += [
        Change(Kind.GONE, ENDOFLIFE, subject_of(row), note="no longer listed; what was known is kept")
        for key, row in pack.rows.items()
        if row["source"].startswith(f"{address} ") and key not in named
    ]
    for row in said.rows:
        found += keep(ENDOFLIFE, row, pack, known(catalogue, row, pack))
    return found
