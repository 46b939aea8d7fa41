"""Write a forecast version as workbook, page, pictures and feed; or what was written when it was signed, again."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from config.errors import EstateError
from estate import heap
from estate.reports.feed import Feed
from estate.reports.page import Page
from estate.reports.report import Report
from estate.reports.workbook import Workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from estate.forecast.version import Version
    from estate.lifecycle.status import UnitStatus
    from estate.reports.extras import Extras
    from estate.reports.night import NightSummary
    from estate.reports.writer import Writer

WRITERS: tuple[Writer, ...] = (Workbook(), Page(), Feed())


@heap.growing()
def write_report(
    directory: Path,
    version: Version,
    status: Sequence[UnitStatus],
    *,
    night: NightSummary | None = None,
    extras: Extras | None = None,
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
        extras: what else is told: the signature, the bridge, the accuracy of earlier forecasts.

    Raises:
        EstateError: when the directory cannot be written.
    """
    report = Report(version, tuple(status), night, extras)
    return _into_place(directory, lambda scratch: _render(report, scratch))


@heap.growing()
def render_report(version: Version, status: Sequence[UnitStatus], extras: Extras | None = None) -> dict[str, bytes]:
    """The bytes of every file of a report by name, in the order of writing."""
    report = Report(version, tuple(status), None, extras)
    with tempfile.TemporaryDirectory(prefix="estate-report-") as scratch:
        return {name: (Path(scratch) / name).read_bytes() for name in _render(report, Path(scratch))}


def write_files(directory: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write the files of a report that was rendered earlier, exactly as they were.

    Raises:
        EstateError: when the directory cannot be written.
    """

    def put(scratch: Path) -> list[str]:
        for name, data in files.items():
            (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            (scratch / name).write_bytes(data)
        return list(files)

    return _into_place(directory, put)


def _render(report: Report, directory: Path) -> list[str]:
    return [name for writer in WRITERS for name in writer.write(report, directory)]


def _into_place(directory: Path, make: Callable[[Path], list[str]]) -> tuple[Path, ...]:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".report-", dir=directory) as scratch:
            names = make(Path(scratch))
            for name in names:
                target = directory / name
                target.parent.mkdir(parents=True, exist_ok=True)
                (Path(scratch) / name).replace(target)
    except OSError as error:
        where = f": {error.filename}" if error.filename and error.filename != str(directory) else ""
        raise EstateError(
            f"The report cannot be written to {directory}: {error.strerror or error}{where}. Name another directory."
        ) from error
    return tuple(directory / name for name in names)
