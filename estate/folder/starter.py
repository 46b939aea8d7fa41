"""The starter set: the files that ``estate init`` writes into a new estate folder."""

from __future__ import annotations

import contextlib
from importlib.resources import files
from typing import TYPE_CHECKING

import config
from config.errors import EstateError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path


def starter() -> dict[str, bytes]:
    """The starter files by their path in the estate folder, in order."""
    return dict(sorted(_read(files(config) / "starter", "")))


def _read(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        if entry.name.startswith((".", "__")):
            continue
        if entry.is_dir():
            found += _read(entry, f"{prefix}{entry.name}/")
        else:
            found.append((f"{prefix}{entry.name}", entry.read_bytes()))
    return found


def write_starter(folder: Path) -> list[Path]:
    """Make a folder with the starter files in it, and return their paths.

    Raises:
        EstateError: when one of the files is there already, or cannot be written; none of ours is left there then.
    """
    contents = starter()
    if there := [name for name in contents if (folder / name).exists()]:
        raise EstateError(
            f"{folder} already holds {', '.join(there)}: nothing was written. Name another folder, or move them away"
        )
    paths = []
    try:
        for name, data in contents.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as stream:
                paths.append(path)
                stream.write(data)
    except OSError as error:
        # half a set would stand in the way of the next try
        for path in paths:
            with contextlib.suppress(OSError):
                path.unlink()
        where = f": {error.filename}" if error.filename else ""
        raise EstateError(f"cannot write into {folder}: {error.strerror}{where}; nothing was written") from error
    return paths
