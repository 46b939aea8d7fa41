"""Where a night's files go: a folder a run, and ``latest``, which always names the newest whole one."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

LATEST = "latest"


def folder_of(parent: Path, as_of: dt.date, run_id: int) -> Path:
    """The folder of one run below the report directory: ``2026-11-22-run7``."""
    return parent / f"{as_of.isoformat()}-run{run_id}"


def point_latest(folder: Path) -> Path:
    """Make ``latest`` beside a folder lead to it, in one step; a copy where the file system has no symbolic links.

    A ``latest`` that is a folder of the user's own making (it holds no copy of ours) is left alone.

    Returns:
        the path to tell people.
    """
    latest = folder.parent / LATEST
    fresh = folder.parent / f".{LATEST}-{os.getpid()}"
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    try:
        fresh.symlink_to(folder.name, target_is_directory=True)
    except OSError:
        return _copy(folder, latest)
    if latest.is_dir() and not latest.is_symlink():
        # a copy made while there were no links, or a folder of someone else: only ours may go
        if not (latest / _MARK).is_file():
            fresh.unlink()
            return folder
        shutil.rmtree(latest)
    fresh.replace(latest)
    return latest


_MARK = ".copied-by-estate"


def _copy(folder: Path, latest: Path) -> Path:
    if latest.exists():
        if not (latest / _MARK).is_file():
            return folder
        shutil.rmtree(latest)
    shutil.copytree(folder, latest)
    (latest / _MARK).touch()
    return latest
