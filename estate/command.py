"""What every command is made of: the estate folder it works on, its kinds of values, its help, its exit status.

This is the seam to the library that reads the command line. A group imports a command when it is called, and a command
its heavy libraries when it runs: ``estate --help`` stays light.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import inspect
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from config.errors import EstateError
from estate.console import fail, note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from config.settings import Settings

Command = TypeVar("Command", bound="Callable[..., Any]")

DONE, FAILED, USAGE, PART = 0, 1, 2, 3
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
        from config.folder import find_folder

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


# -------------------------------------------------------------------------------------------------------------- values


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


def today(as_of: dt.date | None) -> dt.date:
    """The date that an answer is for: what the user named, else today."""
    return as_of or dt.datetime.now().astimezone().date()


# ---------------------------------------------------------------------------------------------------- help and running


def example(text: str) -> Callable[[Command], Command]:
    """Add an example to a command's help, kept as typed."""

    def decorate(command: Command) -> Command:
        body = "\n".join(f"  {line}" for line in inspect.cleandoc(text).splitlines())
        # the docstring's own indentation goes first: click takes the least of all lines away, and the example has none
        command.__doc__ = f"{inspect.cleandoc(command.__doc__ or '')}\n\n\b\nExample:\n{body}\n"
        return command

    return decorate


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
        fail(str(error))
        status = error.exit_status
    except BrokenPipeError:
        status = _reader_gone()
    except SystemExit:
        if sys.stdout is out:
            raise
        # click takes the broken pipe first: it puts another stream in the place of standard output, and leaves with 1
        status = _reader_gone()
    except OSError as error:
        fail(_told(error))
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
