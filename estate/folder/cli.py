"""The commands ``init`` and ``check``."""

from __future__ import annotations

from pathlib import Path

import click

from estate.command import DONE, FAILED, Context, example, pass_context
from estate.console import emit, note, query_options

COLUMNS = ("file", "row", "column", "level", "text")


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@example("estate init my-estate && cd my-estate && estate check")
def init(directory: Path) -> None:
    """Write a starter set of files into a new estate folder DIR.

    The starter set holds a sensible default in every cell, and README.md beside the files says what each of them
    decides. Files that are there already are never overwritten: then nothing is written at all.
    """
    from estate.folder.starter import write_starter

    paths = write_starter(directory)
    note(f"{len(paths)} files in {directory}: {', '.join(path.name for path in paths)}")
    note(
        f"Next:\n  cd {directory}\n  read README.md, then fill in targets.csv and credentials.toml\n"
        "  estate check      every mistake in the files, at once\n"
        "  estate nightly    ask the devices, match, forecast and report"
    )


@click.command()
@query_options
@example("estate check -o csv > problems.csv")
@pass_context
def check(context: Context, output: str, fields: str | None) -> int:
    """Read every file of the estate folder and print every problem at once.

    Exit status 1 when there is an error; warnings alone end with 0.
    """
    from estate.folder.check import check as check_folder
    from estate.folder.check import files_read

    problems = check_folder(context.folder)
    names = files_read(context.folder)
    errors = sum(not problem.warning for problem in problems)
    read = f"{len(names)} file{'s' if len(names) != 1 else ''} read"
    records = [
        {
            "file": problem.file,
            "row": problem.row or None,
            "column": problem.column or None,
            "level": "warning" if problem.warning else "error",
            "text": problem.text,
        }
        for problem in problems
    ]
    emit(records, COLUMNS, output, fields, empty=f"{read}, no problems")
    if problems:
        warnings = len(problems) - errors
        note(f"{read}: {errors} error{'s' if errors != 1 else ''}, {warnings} warning{'s' if warnings != 1 else ''}")
    return FAILED if errors else DONE
