"""A TOML file that people edit, as a dictionary; whatever keeps it from being read is one problem of that file."""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING, Any

from config.errors import InputError, Problem

if TYPE_CHECKING:
    from pathlib import Path


def read_toml(path: Path) -> dict[str, Any] | None:
    """What the file holds; None where there is no such file.

    Raises:
        InputError: when something else lies there, it may not be read, or it is not TOML in UTF-8.
    """
    try:
        there = regular(path)
        return tomllib.loads(path.read_text(encoding="utf-8-sig")) if there else None
    except tomllib.TOMLDecodeError as error:
        reason = f"is not TOML: {error}"
    except UnicodeDecodeError:
        reason = "is not UTF-8: save it as UTF-8"
    except RecursionError:
        reason = "is not TOML that can be read: it is nested too deeply"
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
    raise InputError([Problem(path.name, 0, "", reason)])


def regular(path: Path) -> bool:
    """Whether a file is there to be read; False where nothing is.

    Raises:
        OSError: when something else is there (a folder, a pipe, a link that leads nowhere), which is not the same as
            nothing: what somebody decided must not be left out without a word.
    """
    if path.is_file():
        return True
    if os.path.lexists(path):
        what = "a link that leads to no file" if path.is_symlink() else "no file"
        raise OSError(f"it is {what}: put the file there, or take it away")
    return False
