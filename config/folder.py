"""The estate folder: where it is, and its files as tables. What makes a folder one is its ``estate.toml``."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from config.errors import EstateError, InputError, Problem
from config.grids import csv_grid, workbook_grids
from config.tables import Table, parse
from config.toml import regular

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Row = TypeVar("Row")

FILE = "estate.toml"
# What the files of an overlay are called beside those that they change.
OVERLAY = "overlay/"


def find_folder(chosen: str | None = None) -> Path:
    """The estate folder: what ``--config`` says, else ``ESTATE_CONFIG``, else the nearest ``estate.toml`` upwards.

    After those come the user's and the system's configuration folders.

    Raises:
        EstateError: when there is none; the message says how to make one.
    """
    named = chosen or os.environ.get("ESTATE_CONFIG")
    if named:
        folder = Path(named)
        if not folder.is_dir():
            raise EstateError(f"{named} is not a folder; 'estate init {named}' makes one with starter files")
        return folder.resolve()
    here = Path.cwd()
    places = [here, *here.parents, *_configuration_folders()]
    for place in places:
        if (place / FILE).is_file():
            return place.resolve()
    raise EstateError(
        "no estate folder: there is no estate.toml here or above. Name one with --config DIR or ESTATE_CONFIG, "
        "or make one with 'estate init DIR'"
    )


def _configuration_folders() -> list[Path]:
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    system = [] if sys.platform == "win32" else [Path("/etc/estate")]
    return [Path(home) / "estate", *system]


@dataclass(slots=True)
class Folder:
    """The estate folder as files: reads tables, and remembers what it read (name to bytes) for whoever pins it.

    A ``sealed`` one is what somebody pinned: it holds ``contents`` and nothing else, whatever lies at ``path``. An
    ``overlay`` is a folder whose CSV files replace and add rows, for what-if; they are remembered as ``overlay/NAME``.
    """

    path: Path
    contents: dict[str, bytes] = field(default_factory=dict)
    sealed: bool = False
    overlay: Path | None = None
    _workbook: dict[str, list[list[str]]] | None = None

    def read(self, table: Table[Row]) -> tuple[list[Row], list[Problem]]:
        """All rows of a table that have no problem, and all problems; a file that is not there has neither.

        Rows of an overlay stand where those stand that they replace, new ones before all others.
        """
        rows, problems = _parsed(table, *self._grid(table.name))
        file = f"{OVERLAY}{table.name}.csv"
        try:
            data = self.read_bytes(file)
        except InputError as error:
            return rows, [*problems, *error.problems]
        if data is None:
            return rows, problems
        over, wrong = _parsed(table, file, csv_grid(file, data))
        return _overlaid(rows, over, table.key), [*problems, *wrong]

    def overlaid(self) -> list[str]:
        """The files of the overlay that were read, as they are remembered."""
        return sorted(name for name in self.contents if name.startswith(OVERLAY))

    def rows(self, table: Table[Row]) -> list[Row]:
        """The rows of a table.

        Raises:
            InputError: when the file holds any problem; all of them.
        """
        rows, problems = self.read(table)
        if errors := [problem for problem in problems if not problem.warning]:
            raise InputError(errors)
        return rows

    def read_bytes(self, name: str) -> bytes | None:
        """A file's bytes, remembered under its name; None where there is no such file.

        Raises:
            InputError: when it may not be read, or something lies there that is no file.
        """
        path = self.path / name
        if name.startswith(OVERLAY):
            path = self.overlay / name.removeprefix(OVERLAY) if self.overlay else path
        if name not in self.contents:
            if self.sealed or (name.startswith(OVERLAY) and self.overlay is None):
                return None
            try:
                if not regular(path):
                    return None
                self.contents[name] = path.read_bytes()
            except OSError as error:
                raise InputError([Problem(name, 0, "", f"cannot be read: {error.strerror or error}")]) from error
        return self.contents[name]

    def workbook(self) -> tuple[str, tuple[str, ...]]:
        """The name of the folder's workbook (blank where it has none) and of its sheets, as tables are named.

        Raises:
            InputError: when there are several workbooks, or the one cannot be read.
        """
        return self._workbook_name(), tuple(self._sheets())

    def hashes(self) -> dict[str, str]:
        """SHA-256 (hex) of every file read so far, by name."""
        return {name: hashlib.sha256(data).hexdigest() for name, data in sorted(self.contents.items())}

    def _grid(self, name: str) -> tuple[str, list[list[str]] | Problem | None]:
        file = f"{name}.csv"
        try:
            data = self.read_bytes(file)
        except InputError as error:
            # one of several: what is wrong with the other files is said in the same go
            return file, error.problems[0]
        sheets = self._sheets()
        if data is not None and name in sheets:
            return file, Problem(file, 0, "", f"the workbook has a sheet {name!r} too: keep one of the two")
        if data is None:
            return f"{self._workbook_name()}#{name}", sheets.get(name)
        return file, csv_grid(file, data)

    def _workbook_name(self) -> str:
        there = self.contents if self.sealed else [path.name for path in self.path.glob("*.xlsx")]
        names = sorted(name for name in there if name.endswith(".xlsx") and not name.startswith("~$"))
        if len(names) > 1:
            raise InputError([Problem(names[1], 0, "", f"there is also {names[0]}: an estate folder has one workbook")])
        return names[0] if names else ""

    def _sheets(self) -> dict[str, list[list[str]]]:
        if self._workbook is None:
            name = self._workbook_name()
            data = self.read_bytes(name) if name else None
            self._workbook = workbook_grids(name, data) if data is not None else {}
        return self._workbook


def _parsed(
    table: Table[Row], file: str, grid: Sequence[Sequence[str]] | Problem | None
) -> tuple[list[Row], list[Problem]]:
    if grid is None:
        return [], []
    return ([], [grid]) if isinstance(grid, Problem) else parse(table, file, grid)


def _overlaid(rows: list[Row], over: list[Row], key: Callable[[Row], object] | None) -> list[Row]:
    if key is None:
        return [*over, *rows]
    replacing: dict[object, list[Row]] = {}
    for row in over:
        replacing.setdefault(key(row), []).append(row)
    known = {key(row) for row in rows}
    new = [row for row in over if key(row) not in known]
    kept: list[Row] = []
    for row in rows:
        # of several rows about one thing the overlay's stand for all, at the place of the first
        kept += replacing.get(key(row), [row])
        if key(row) in replacing:
            replacing[key(row)] = []
    return [*new, *kept]
