"""Write a forecast version as workbook, page, pictures and feed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from config.errors import EstateError
from estate.reports.feed import Feed
from estate.reports.page import Page
from estate.reports.report import Report
from estate.reports.workbook import Workbook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from estate.forecast.version import Version
    from estate.lifecycle.status import UnitStatus
    from estate.reports.night import NightSummary
    from estate.reports.writer import Writer

WRITERS: tuple[Writer, ...] = (Workbook(), Page(), Feed())


def write_report(
    directory: Path, version: Version, status: Sequence[UnitStatus], *, night: NightSummary | None = None
) -> tuple[Path, ...]:
    """Write every file of a report and return their paths.

    All files are made first, in a temporary folder inside ``directory``, and then moved into place one by one, the
    feed's manifest last: a reader sees whole files only, and one who checks the manifest never takes a mixture of two
    reports for one.

    Args:
        directory: where the files go; made where it does not exist. Files of an earlier report are replaced.
        version: the forecast.
        status: every unit with its support state, as of the version's date.
        night: how the collection before it went, where there was one.

    Raises:
        EstateError: when the directory cannot be written.
    """
    report = Report(version, tuple(status), night)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".report-", dir=directory) as scratch:
            names = [name for writer in WRITERS for name in writer.write(report, Path(scratch))]
            for name in names:
                target = directory / name
                target.parent.mkdir(parents=True, exist_ok=True)
                (Path(scratch) / name).replace(target)
    except OSError as error:
        raise EstateError(f"The report cannot be written to {directory}: {error}. Name another directory.") from error
    return tuple(directory / name for name in names)
