"""The estate folder: where it is. What is in it starts with ``estate.toml``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from config.errors import EstateError

FILE = "estate.toml"


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
