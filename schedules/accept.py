"""Accepting proposals: rows appended to ``targets.csv``, which people own; nothing else of the file changes."""

from __future__ import annotations

import csv
import io
import os
import re
import stat
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from collectors.targets import TARGETS, Target
from config.errors import EstateError, UsageError
from config.folder import Folder
from config.tables import parse
from estate.folder.check import check_names
from schedules.proposals import KNOWN, NEW, Proposal

FILE: Final = "targets.csv"
MAX_NAME: Final = 80
# What a name may hold: no formula of a spreadsheet begins so, and nothing in it moves a cursor or a quote.
_UNFIT: Final = re.compile(r"[^A-Za-z0-9_.:()/+ -]+")


def chosen(proposals: Sequence[Proposal], wanted: Sequence[str], *, everything: bool) -> list[Proposal]:
    """The proposals that a person accepts, by address or name.

    Raises:
        UsageError: for one that was not found, is a target already, or cannot be asked.
    """
    if everything:
        return [proposal for proposal in proposals if proposal.state == NEW and proposal.credential]
    return list(dict.fromkeys(_one(proposals, each) for each in wanted))


def _one(proposals: Sequence[Proposal], wanted: str) -> Proposal:
    text = wanted.casefold()
    fits = [
        proposal
        for proposal in proposals
        if text in {(proposal.name or "").casefold(), *(place.casefold() for place in _places(proposal))}
    ]
    fresh = [proposal for proposal in fits if proposal.state == NEW]
    if len(fresh) > 1:
        raise UsageError(f"--accept {wanted}: {len(fresh)} proposals are called so; name one by its address")
    if not fresh:
        state = next((proposal for proposal in fits if proposal.state != KNOWN), next(iter(fits), None))
        reason = f"is {state.state}: {state.note}" if state else "was not found"
        raise UsageError(f"--accept {wanted}: it {reason}. Nothing was accepted")
    if not fresh[0].credential:
        raise UsageError(
            f"--accept {wanted}: it {fresh[0].note}, so nobody knows how to ask it. Nothing was accepted; "
            f"name its credential in discovery.credentials of estate.toml, or write its row into {FILE}"
        )
    return fresh[0]


def _places(proposal: Proposal) -> tuple[str, ...]:
    return (*((proposal.address,) if proposal.address else ()), *proposal.addresses)


def accept(folder: Path, proposals: Sequence[Proposal], site: str | None) -> list[str]:
    """Append a row for each proposal to ``targets.csv`` in one step, in the columns that the file has.

    Args:
        folder: the estate folder.
        proposals: what was accepted.
        site: where all of them are; None takes the site of the device that sees each.

    Returns:
        the appended lines.

    Raises:
        EstateError: when the targets stand in a workbook, the file cannot hold the rows, or cannot be written.
    """
    book, sheets = Folder(folder).workbook()
    if TARGETS.name in sheets:
        raise EstateError(f"the targets stand in the sheet {TARGETS.name!r} of {book}: add the rows there")
    # a link stays one: what it leads to is replaced
    path = (folder / FILE).resolve()
    before = path.read_bytes() if path.is_file() else (",".join(column.name for column in TARGETS.columns)).encode()
    text = before.decode("utf-8-sig")
    header = [name.strip().lower() for name in next(csv.reader(io.StringIO(text)), [])]
    names = {name for row in _rows(text) for name in (row.name.casefold(),)}
    rows = [_cells(proposal, site, names) for proposal in proposals]
    if missing := sorted(
        {name for row in rows for name, value in row.items() if value and name not in header} - {"site"}
    ):
        raise EstateError(f"{FILE} has no column {', '.join(missing)}: add it, then accept again. Nothing was written")
    end = "\r\n" if "\r\n" in text else "\n"
    lines = _lines([[row.get(name, "") for name in header] for row in rows], end)
    after = before + (b"" if before.endswith((b"\n", b"\r")) else end.encode()) + "".join(lines).encode()
    _check(after.decode("utf-8-sig"))
    _replace(path, after)
    return [line.rstrip("\r\n") for line in lines]


def _cells(proposal: Proposal, site: str | None, names: set[str]) -> Mapping[str, str]:
    """The cells of a row. A name that another target has is left out: the address names it then."""
    name = _UNFIT.sub("-", proposal.name or "")[:MAX_NAME].strip(" -+")
    if name.casefold() in names:
        name = ""
    names.add((name or proposal.address or "").casefold())
    return {
        "address": proposal.address or "",
        "name": name,
        "site": site or proposal.site or "",
        "credential": proposal.credential or "",
        "port": str(proposal.port) if proposal.port else "",
    }


def _lines(rows: Sequence[Sequence[str]], end: str) -> list[str]:
    lines = []
    for row in rows:
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator=end).writerow(row)
        lines.append(buffer.getvalue())
    return lines


def _rows(text: str) -> list[Target]:
    return parse(TARGETS, FILE, list(csv.reader(io.StringIO(text, newline=""))))[0]


def _check(text: str) -> None:
    """Refuse to write a file that could not be read again.

    Raises:
        EstateError: with the first problem.
    """
    rows, problems = parse(TARGETS, FILE, list(csv.reader(io.StringIO(text, newline=""))))
    for problem in [*problems, *check_names(rows)]:
        if not problem.warning:
            raise EstateError(f"nothing was written, because {FILE} would not be in order: {problem}")


def _replace(path: Path, data: bytes) -> None:
    """Put a file's new content in its place in one step, with the rights that it had.

    Raises:
        EstateError: when it cannot be written; the old one stands then.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        new = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            new.chmod(stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644)
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise EstateError(f"{path} cannot be written ({error.strerror}); it is as it was") from error
