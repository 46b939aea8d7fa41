"""The one family of errors, and the one shape of a problem in somebody's input.

Every error that estate raises on purpose is an :class:`EstateError`. Its message says what happened, to what, and
what to do about it; only the command line turns it into text and an exit status. This module is imported before any
other of ours, so it is also where we refuse to run beside a foreign package that calls itself ``config``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

if not (Path(__file__).resolve().parent.parent / "estate").is_dir():
    raise ImportError(
        f"{__file__} does not lie beside the package 'estate': another distribution has overwritten our 'config'. "
        "Install estate-evergreen in a virtual environment of its own."
    )


class EstateError(Exception):
    """Something went wrong that the user can understand: the message is the whole explanation."""

    exit_status = 1


class UsageError(EstateError):
    """The command was called in a way that cannot be meant."""

    exit_status = 2


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in one place of one file that people edit.

    ``row`` counts as a text editor or spreadsheet does (the header is row 1); 0 means the file as a whole. ``column``
    is blank where the whole row is meant. A ``warning`` does not make ``estate check`` fail.
    """

    file: str
    row: int
    column: str
    text: str
    warning: bool = False

    def __str__(self) -> str:
        """``prices.csv, row 4, column list_price: ...``."""
        place = self.file
        if self.row:
            place += f", row {self.row}"
        if self.column:
            place += f", column {self.column}"
        return f"{place}: {self.text}"


class InputError(EstateError):
    """The files of the estate folder hold mistakes: all of them at once, so that one round mends them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        count = len(self.problems)
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in the estate folder:\n{lines}")
