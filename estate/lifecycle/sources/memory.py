"""What was asked of a source and when, so that the next run asks only for the rest.

A small JSON file beside the pack that the source fills. It holds nothing that cannot be asked for again: where it is
lost or cannot be read, everything is.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from estate.lifecycle.packs import FOLDER
from estate.lifecycle.sources.packfile import replace

MAX_BYTES = 20_000_000


class Memory:
    """When each subject was last answered for, and the mark (ETag) of the answer where the source gives one."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / FOLDER / f"{name}.asked.json"
        self.asked: dict[str, dt.date] = {}
        self.marks: dict[str, str] = {}
        try:
            if self.path.stat().st_size > MAX_BYTES:
                return
            data = json.loads(self.path.read_bytes())
            self.asked = {str(key): dt.date.fromisoformat(day) for key, day in data["asked"].items()}
            self.marks = {str(key): str(mark) for key, mark in data["marks"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self.asked, self.marks = {}, {}

    def save(self) -> None:
        """Write it, in one step.

        Raises:
            EstateError: when it cannot be written.
        """
        asked = {key: day.isoformat() for key, day in sorted(self.asked.items())}
        text = json.dumps({"asked": asked, "marks": dict(sorted(self.marks.items()))}, indent=1)
        replace(self.path, f"{text}\n".encode())
