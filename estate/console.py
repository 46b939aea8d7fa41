"""The seam to the terminal: how answers, progress, notes and errors reach a person or the next program.

Data goes to standard output as a table, JSON, JSON lines or CSV; everything else goes to standard error. What devices
say is hostile, so every cell is made harmless for the place it is written to. The heavy library is imported when a
table or a bar is drawn, not when ``--help`` is asked.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import re
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from config.errors import UsageError
from estate.shown import csv_cell, safe, safe_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Command = TypeVar("Command", bound="Callable[..., Any]")

# A number as text; a serial number that is all digits has no separators.
_AMOUNT = re.compile(r"|-?\d{1,3}(,\d{3})*(\.\d+)?")
FORMATS = ("table", "json", "jsonl", "csv")


# ------------------------------------------------------------------------------------------------------------- answers


def query_options(command: Command) -> Command:
    """Give a command ``-o/--output`` and ``-f/--fields``; it then calls :func:`emit` with what they hold."""
    fields = click.option("-f", "--fields", metavar="FIELD,FIELD", help="Show only these fields, in this order.")
    output = click.option(
        "-o",
        "--output",
        type=click.Choice(FORMATS),
        default="table",
        show_default=True,
        help="How to print the answer.",
    )
    return output(fields(command))


def emit(
    records: Iterable[Mapping[str, Any]],
    columns: Sequence[str],
    output: str,
    fields: str | None = None,
    *,
    shown: Sequence[str] | None = None,
    empty: str = "Nothing to show.",
) -> None:
    """Print records to standard output.

    Args:
        records: what to print; a missing key is the same as None.
        columns: every field an answer has, in order.
        output: one of :data:`FORMATS`.
        fields: what ``-f`` held: a comma list of columns, or None for all.
        shown: the columns of the table where it should not show all of them; the other formats do.
        empty: what a table without rows says, on standard error.

    Raises:
        UsageError: when ``fields`` names a column that this answer does not have.
    """
    chosen = chosen_fields(columns, fields)
    if output == "table":
        _table(records, chosen if fields else (shown or chosen), empty, all_of_them=bool(fields))
    elif output == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(chosen)
        writer.writerows([csv_cell(record.get(name)) for name in chosen] for record in records)
    elif output == "jsonl":
        for record in records:
            sys.stdout.write(_json({name: record.get(name) for name in chosen}) + "\n")
    else:
        body = ",\n".join(_json({name: record.get(name) for name in chosen}) for record in records)
        sys.stdout.write(f"[\n{body}\n]\n" if body else "[]\n")


def chosen_fields(columns: Sequence[str], fields: str | None) -> Sequence[str]:
    """The columns that ``-f`` names, in its order; all where it names none.

    Raises:
        UsageError: when it names one that the answer does not have.
    """
    if not fields:
        return columns
    chosen = [name.strip() for name in fields.split(",") if name.strip()]
    if not chosen:
        raise UsageError(f"-f {fields!r} names no field; this answer has {', '.join(columns)}")
    if unknown := [name for name in chosen if name not in columns]:
        raise UsageError(f"no field {', '.join(unknown)}; this answer has {', '.join(columns)}")
    return chosen


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal | Path):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _table(records: Iterable[Mapping[str, Any]], columns: Sequence[str], empty: str, *, all_of_them: bool) -> None:
    rows = [[record.get(name) for name in columns] for record in records]
    if not rows:
        note(empty)
        return
    texts = [[safe(value) for value in row] for row in rows]
    if not sys.stdout.isatty():
        # piped: tab-separated and unwrapped, so that cut, sort and awk see what the table held
        for line in (columns, *texts):
            print("\t".join(line))  # noqa: T201 - this is the one seam to the terminal
        return
    from rich.console import Console

    from estate.table import draw

    console = Console(highlight=False)
    headings = [name.replace("_", " ") for name in columns]
    # amounts stand below each other by their last digit, whether they come as numbers or as text
    texts = [
        [f"{value:,}" if isinstance(value, Decimal) else text for value, text in zip(row, cells, strict=True)]
        for row, cells in zip(rows, texts, strict=True)
    ]
    numeric = [
        all(isinstance(row[place], int | Decimal | None) or _AMOUNT.fullmatch(str(row[place])) for row in rows)
        for place in range(len(columns))
    ]
    table, left_out = draw(headings, texts, numeric, console.width, all_of_them=all_of_them)
    console.print(table)
    if left_out:
        note(f"No room here for {', '.join(left_out)}: a wider terminal, -f or -o csv shows them.")


# ------------------------------------------------------------------------------------------------------------ progress


class Bar:
    """A progress bar on standard error, for a terminal; what is written there meanwhile appears above it."""

    def __init__(self, label: str, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[last]}", markup=False),
            console=Console(stderr=True),
            expand=True,
            transient=True,
        )
        self._task = self._progress.add_task(label, total=total, last=" " * 24)
        self._progress.start()

    def move(self, done: int, last: str) -> None:
        """Show how many are done, and which was the last one."""
        self._progress.update(self._task, completed=done, last=f"{safe(last)[:24]:24}")

    def close(self) -> None:
        """Take the bar off the screen."""
        self._progress.stop()


# -------------------------------------------------------------------------------------------------- notes and failures


def say(message: str) -> None:
    """Print text that is an answer for a person, on standard output."""
    click.echo(safe_lines(message))


def note(message: str) -> None:
    """Say something to the person on standard error."""
    click.echo(safe_lines(message), err=True)


def warn(message: str) -> None:
    """Say on standard error what is unknown, stale, assumed or missing; the exit status stays."""
    click.echo(_coloured(f"warning: {safe_lines(message)}", "yellow"), err=True)


def _coloured(text: str, colour: str) -> str:
    """In colour, unless the reader wants none (https://no-color.org) or the terminal has none."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain else click.style(text, fg=colour)


def fail(message: str) -> None:
    """Say on standard error why the command ends without having done what it was asked."""
    click.echo(_coloured(f"error: {safe_lines(message)}", "red"), err=True)
