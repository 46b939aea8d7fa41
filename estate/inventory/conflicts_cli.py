"""``estate conflicts``: what contradicts itself, and how to settle it."""

from __future__ import annotations

import datetime as dt
import textwrap
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

import click

from estate.command import Context, example, pass_context, today
from estate.console import emit, note, query_options, say
from estate.inventory.cli import as_of_option, reading
from estate.inventory.conflicts import Case, cases
from estate.shown import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFLICT_COLUMNS = tuple(item.name for item in fields(Case))
WIDTH = 100


@click.command()
@as_of_option
@query_options
@pass_context
@example("estate conflicts\nestate conflicts -o csv -f kind,devices,asset_ids,settle > to-settle.csv")
def conflicts(context: Context, as_of: dt.date | None, output: str, fields: str | None) -> None:
    """List what contradicts itself: one box under two addresses, one serial or asset tag on two things.

    Each with the evidence, what is counted meanwhile (never anything twice), and what to write in targets.csv or
    assets.csv to settle it.
    """
    from collectors.targets import TARGETS
    from config.folder import Folder
    from estate.inventory.declared import ASSETS
    from estate.inventory.population import population
    from estate.inventory.store import devices, observed_units

    day, limit = today(as_of), context.settings.stale_after_days
    folder = Folder(context.folder)
    with reading(context) as session:
        states = devices(session, day, limit)
        units = observed_units(session, day, limit)
    people = population(units, folder.rows(ASSETS), day)
    listed = {target.name for target in folder.rows(TARGETS)}
    found, settled = cases(people, states, listed)
    if output == "table" and fields is None and found:
        say(_page(found))
    else:
        emit([asdict(case) for case in found], CONFLICT_COLUMNS, output, fields, empty="Nothing contradicts itself.")
    if settled:
        note(f"{settled} more serials are settled by targets.csv: the next collection takes note of it.")


def _page(found: Sequence[Case]) -> str:
    """The questions as text for a person."""
    lines: list[str] = []
    for case in found:
        lines += [
            case.kind,
            *_wrapped("", case.what),
            *(line for text in case.evidence for line in _wrapped("- ", text)),
        ]
        lines += [*_wrapped("counted: ", case.counted), *_wrapped("settle: ", case.settle), ""]
    return "\n".join(lines).rstrip()


def _wrapped(head: str, text: str) -> list[str]:
    indent = "  " + " " * len(head)
    return textwrap.wrap(
        safe(text), WIDTH, initial_indent=f"  {head}", subsequent_indent=indent, break_on_hyphens=False
    )
