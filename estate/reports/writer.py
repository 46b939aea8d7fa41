"""The seam between a forecast version and the files it turns into: one interface, three writers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from estate.reports.report import Report


class Writer(Protocol):
    """Turns a report into files."""

    def write(self, report: Report, directory: Path) -> tuple[str, ...]:
        """Write into a directory of its own and return the names of the files, relative to it, in order.

        The same report gives the same bytes. Text that came from devices must come out inert.
        """
        ...
