"""The one seam to the terminal: how answers, progress and errors reach a person or the next program.

Data goes to standard output as a table, JSON, JSON lines or CSV; everything else goes to standard error. What devices
say is hostile, so every cell is made harmless for the place it is written to. Heavy libraries are imported when a
table is drawn, not when ``--help`` is asked.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import errno
import inspect
import io
import json
import os
import sys
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from config.errors import EstateError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from config.settings import Settings

Command = TypeVar("Command", bound="Callable[..., Any]")

DONE, FAILED, USAGE, PART = 0, 1, 2, 3
FORMATS = ("table", "json", "jsonl", "csv")
# the number of a version or run on the command line: the database counts no further
NUMBER = click.IntRange(1, 2**31 - 1)


# --------------------------------------------------------------------------------------------------- the estate folder


@dataclass(slots=True)
class Context:
    """What every command can ask for: the estate folder and its settings, found when first needed."""

    chosen: str | None = None
    _folder: Path | None = None
    _settings: Settings | None = None

    @property
    def folder(self) -> Path:
        """The estate folder.

        Raises:
            EstateError: when there is none.
        """
        from config.settings import find_folder

        if self._folder is None:
            self._folder = find_folder(self.chosen)
        return self._folder

    @property
    def settings(self) -> Settings:
        """The settings of the estate folder."""
        from config.settings import load

        if self._settings is None:
            self._settings = load(self.folder)
        return self._settings

    @property
    def database(self) -> str:
        """The database's URL."""
        from config.settings import database_url

        return database_url(self.settings, self.folder)

    def forget(self) -> None:
        """Read the settings afresh when they are next asked for: a process that lives long follows the file."""
        self._settings = None


pass_context = click.make_pass_decorator(Context, ensure=True)


class IsoDate(click.ParamType[dt.date]):
    """A date on the command line, ``2027-03-31``."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        """Read an ISO date, or end with usage help."""
        if isinstance(value, dt.date):
            return value
        try:
            day = dt.date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date: write 2027-03-31", param, ctx)
        if not 1970 <= day.year < 2100:  # noqa: PLR2004 - as in the files: what lies outside is a typing mistake
            self.fail(f"{value} lies outside 1970 to 2099", param, ctx)
        return day


class Window(click.ParamType[int]):
    """A span of time on the command line: ``90d``, ``18m`` or ``2y``; gives days (a month is 30.4375 days)."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read a span as whole days, or end with usage help."""
        if isinstance(value, int):
            return value
        units = {"d": 1.0, "w": 7.0, "m": 30.4375, "y": 365.25}
        number, unit = value[:-1], value[-1:].lower()
        if unit not in units or not number.isascii() or not number.isdigit() or len(number) > 4:  # noqa: PLR2004 - 9999 is enough
            self.fail(f"{value!r} is not a span: write 90d, 18m or 2y", param, ctx)
        return round(int(number) * units[unit])


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
    if isinstance(value, set | frozenset | tuple):
        return sorted(value) if not isinstance(value, tuple) else list(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def cell(value: object) -> str:
    """A value as text for a person: blank for None, yes/no, ISO dates, lists with commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, dict):
        return ", ".join(f"{key}={cell(item)}" for key, item in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(cell(item) for item in value)
    return str(value)


def safe(value: object) -> str:
    """Text that cannot move the cursor, change colours or reorder what stands beside it in a terminal."""
    text = cell(value)
    if text.isprintable():  # holds nothing of the categories below, as almost all texts
        return text
    return "".join(
        char if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} else " " for char in text
    )


def csv_cell(value: object) -> str:
    """Text that no spreadsheet takes for a formula (CWE-1236): a leading ``= + - @`` gets an apostrophe.

    Numbers stay numbers.
    """
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    plain = safe(value)
    return f"'{plain}" if plain.lstrip()[:1] in {"=", "+", "-", "@"} else plain


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
    numeric = [all(isinstance(row[place], int | Decimal | None) for row in rows) for place in range(len(columns))]
    table, left_out = draw(headings, texts, numeric, console.width, all_of_them=all_of_them)
    console.print(table)
    if left_out:
        note(f"No room here for {', '.join(left_out)}: a wider terminal, -f or -o csv shows them.")


def pounds(pence: int) -> str:
    """Integer pence as ``£1,234.56``, for people; files take :func:`decimal_pounds`."""
    sign = "-" if pence < 0 else ""
    return f"{sign}£{abs(pence) // 100:,}.{abs(pence) % 100:02d}"


def whole_pounds(pence: int) -> str:
    """Integer pence as whole pounds, ``1,235``, half a pound away from zero; each figure is rounded on its own."""
    return f"{(Decimal(pence) / 100).quantize(Decimal(1), ROUND_HALF_UP):,}"


def decimal_pounds(pence: int) -> Decimal:
    """Integer pence as a Decimal number of pounds with two places."""
    return Decimal(pence).scaleb(-2)


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


def safe_lines(message: str) -> str:
    """Like :func:`safe`, line by line."""
    return "\n".join(safe(line) for line in message.split("\n"))


def today(as_of: dt.date | None) -> dt.date:
    """The date that an answer is for: what the user named, else today."""
    return as_of or dt.datetime.now().astimezone().date()


class LazyGroup(click.Group):
    """A group that knows its commands by dotted name and imports one only when it is called or described.

    ``commands_at`` maps a command's name to ``(module:attribute, one line of help)``.
    """

    def __init__(self, *args: Any, commands_at: Mapping[str, tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commands_at = dict(commands_at or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Its own commands, then the others in the order in which they were composed."""
        return [*super().list_commands(ctx), *self.commands_at]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in self.commands_at:
            return super().get_command(ctx, cmd_name)
        import importlib

        module, _, attribute = self.commands_at[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}:{attribute} is no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as click calls it
        """List the commands with their one line of help, without importing them."""
        rows = [(name, command.get_short_help_str(80)) for name, command in self.commands.items()]
        rows += [(name, line) for name, (_, line) in self.commands_at.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def run(command: click.Command) -> None:
    """Run the command line and end the process: our errors become one message and their exit status."""
    out = sys.stdout
    _bear_any_text()
    try:
        status = command.main(standalone_mode=False)
        if out is not None:
            out.flush()
    except click.ClickException as error:
        error.show()
        status = USAGE
    except click.Abort:
        note("Stopped.")
        status = 130
    except EstateError as error:
        click.echo(_coloured(f"error: {safe_lines(str(error))}", "red"), err=True)
        status = error.exit_status
    except BrokenPipeError:
        status = _reader_gone()
    except SystemExit:
        if sys.stdout is out:
            raise
        # click takes the broken pipe first: it puts another stream in the place of standard output, and leaves with 1
        status = _reader_gone()
    except OSError as error:
        click.echo(_coloured(f"error: {safe_lines(_told(error))}", "red"), err=True)
        _discard()
        status = FAILED
    sys.exit(status if isinstance(status, int) else DONE)


def _bear_any_text() -> None:
    """Show what the reader's character set has not by its number: one name in a table must not end the answer."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _reader_gone() -> int:
    """The reader (head, less) has seen enough: what it asked for is done."""
    _discard()
    return DONE


def _discard() -> None:
    """Let what still waits to be printed go nowhere, or Python would complain when it flushes at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)


def _told(error: OSError) -> str:
    """What the system refused, and to what: a disk that is full, a file that may not be read or written."""
    what = f"{error.filename}: " if error.filename else ""
    hints = {
        errno.ENOSPC: "make room, then try again",
        errno.EDQUOT: "make room, then try again",
        errno.EACCES: "run as the user who may, or change the permissions",
        errno.EPERM: "run as the user who may, or change the permissions",
        errno.EROFS: "choose a place that can be written",
    }
    hint = hints.get(error.errno or 0, "")
    return f"{what}{error.strerror or error}{f': {hint}' if hint else ''}"


def example(text: str) -> Callable[[Command], Command]:
    """Add an example to a command's help, kept as typed."""

    def decorate(command: Command) -> Command:
        body = "\n".join(f"  {line}" for line in inspect.cleandoc(text).splitlines())
        # the docstring's own indentation goes first: click takes the least of all lines away, and the example has none
        command.__doc__ = f"{inspect.cleandoc(command.__doc__ or '')}\n\n\b\nExample:\n{body}\n"
        return command

    return decorate
