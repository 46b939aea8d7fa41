"""A pack file that a source fills: read, merged row by row, checked as if somebody had typed it, replaced in one step.

It is a pack of the council's own like any other, in the folder ``lifecycle`` of the estate folder; people may edit it.
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.errors import EstateError, InputError
from config.folder import Folder
from config.tables import Table, parse
from estate.lifecycle.entries import HARDWARE, SOFTWARE
from estate.lifecycle.packs import FOLDER, part_key
from estate.lifecycle.sources.changes import Cells
from estate.lifecycle.versions import plain_release

MAX_TEXT = 300

Key = tuple[str, ...]


class PackFile:
    """One pack file, hardware or software, by what its rows are about.

    Raises:
        InputError: when the file is there and holds a problem; nothing is written over it.
    """

    def __init__(self, folder: Path, name: str, table: Table[Any]) -> None:
        self.path = folder / FOLDER / f"{name}.csv"
        self.table = table
        self.rows: dict[Key, Cells] = {}
        self._written = b""
        estate_folder = Folder(folder)
        stem = f"{FOLDER}/{name}"
        data = estate_folder.read_bytes(f"{stem}.csv")
        if data is None:
            return
        _, problems = estate_folder.read(dataclasses.replace(table, name=stem))
        if problems:
            raise InputError(problems)
        self._written = data
        reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        header = [cell.strip().lower() for cell in next(reader, [])]
        for line in reader:
            if any(cell.strip() for cell in line):
                self.put({name: cell.strip() for name, cell in zip(header, line, strict=False) if name})

    def put(self, cells: Cells) -> None:
        """Set a row, in the place of the one about the same thing."""
        self.rows[key_of(cells)] = cells

    def save(self) -> bool:
        """Write the file where it changed, all of it or nothing, and say whether it did.

        Raises:
            EstateError: when it cannot be written; what was there before still is.
        """
        buffer = io.StringIO(newline="")
        columns = [column.name for column in self.table.columns]
        writer = csv.DictWriter(buffer, columns, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows[key] for key in sorted(self.rows))
        data = buffer.getvalue().encode("utf-8")
        if data == self._written or (not self.rows and not self._written):
            return False
        replace(self.path, data)
        self._written = data
        return True


def key_of(cells: Mapping[str, str]) -> Key:
    """What a row is about: a vendor's part number, else its model; or a release of a vendor's system."""
    vendor = cells.get("vendor", "").casefold()
    if "os" in cells:
        return vendor, cells["os"].casefold(), plain_release(cells.get("release", ""))
    part, model = cells.get("part_number", ""), cells.get("model", "")
    return (vendor, "", part_key(part)) if part else (vendor, model.casefold(), "")


def subject_of(cells: Mapping[str, str]) -> str:
    """What a row is about, for a person."""
    if "os" in cells:
        return f"{cells['os']} {cells.get('release', '')}"
    return cells.get("part_number") or cells.get("model") or "?"


def problems_of(cells: Cells) -> list[str]:
    """What the rules of the packs find wrong with a row; empty where it may be written."""
    table: Table[Any] = SOFTWARE if "os" in cells else HARDWARE
    header = [column.name for column in table.columns]
    _, problems = parse(table, "", [header, [cells.get(name, "") for name in header]])
    return [f"{problem.column}: {problem.text}" if problem.column else problem.text for problem in problems]


def tame(value: object) -> str:
    """Text of a source as a cell: one line, bounded, without control characters, no formula."""
    text = " ".join("".join(char if char.isprintable() else " " for char in str(value or "")).split())
    return text[:MAX_TEXT].lstrip("=+-@ ").rstrip()


def replace(path: Path, data: bytes) -> None:
    """Put a file into its place in one step, so that whoever reads it sees the old one or the new one.

    Raises:
        EstateError: when it cannot be written.
    """
    target = path.resolve()
    name = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            name = file.name
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
        Path(name).chmod(mode)
        Path(name).replace(target)
    except OSError as error:
        if name is not None:
            with contextlib.suppress(OSError):
                Path(name).unlink()
        raise EstateError(f"{path} cannot be written ({error.strerror}); what was there still is") from error
