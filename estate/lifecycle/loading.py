"""Loading the packs into the catalogue, and saying beforehand (or afterwards) what that changes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from config.folder import Folder
from estate.inventory.store import end_of
from estate.lifecycle import store
from estate.lifecycle.difference import Difference, in_order, touched
from estate.lifecycle.packs import load_packs, pack_hashes, read_packs
from estate.lifecycle.rows import catalogue_of, changes, rows_of
from estate.lifecycle.service import status_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.settings import Settings
    from estate.lifecycle.rows import Row
    from estate.store.database import Database

# The rows by pack before and after, and what is to be said of the comparison.
Compared = tuple[dict[str, list["Row"]], dict[str, list["Row"]], tuple[str, ...]]


def load_catalogue(database: Database, folder: Folder, at: dt.datetime) -> list[store.Loaded]:
    """Take up every pack whose file changed since the last load; those that did.

    Raises:
        InputError: when a changed pack of the estate folder holds a problem: then nothing is loaded.
    """
    with database.writing() as session:
        return store.load(session, pack_hashes(folder), lambda: rows_of(load_packs(folder)), at)


def difference(
    database: Database,
    folder: Folder,
    settings: Settings,
    as_of: dt.date,
    *,
    given: Mapping[str, bytes] | None = None,
    since: dt.date | None = None,
) -> Difference:
    """What the next load would change, or what loads have changed.

    Args:
        database: with what is loaded.
        folder: the estate folder; all its packs must be sound.
        settings: for the states of units.
        as_of: the day for which states are told.
        given: the content of packs by name (``lifecycle/ours.csv``), as if they lay in the estate folder: then these
            alone are compared with what is loaded of them.
        since: compare what is loaded now with what was before this day instead.

    Raises:
        InputError: when a pack holds a problem.
    """
    if since is not None:
        before, after, remarks = _loads_since(database, since)
    else:
        before, after, remarks = _next_load(database, folder, given)
    found = changes(before, after)
    if not found:
        return Difference((), (), remarks)
    vendors = read_packs(Folder(folder.path, dict(given or {})))[0].vendors
    catalogues = [catalogue_of(packs, vendors) for packs in (before, after)]
    old, new = status_by(database, folder, settings, as_of, catalogues)
    return Difference(tuple(found), tuple(in_order(touched(old, new))), remarks)


def _loads_since(database: Database, since: dt.date) -> Compared:
    start, remarks = end_of(since - dt.timedelta(days=1)), tuple[str, ...]()
    with database.reading() as session:
        first = store.first_load(session)
        if first is None:
            remarks = ("Nothing is loaded yet: 'estate lifecycle load' or the next night does it.",)
        elif first > start:
            start = first
            remarks = (f"Nothing was loaded before {since}: compared with the first load, of {first.date()}.",)
        return store.loaded_rows(session, start), store.loaded_rows(session), remarks


def _next_load(database: Database, folder: Folder, given: Mapping[str, bytes] | None) -> Compared:
    """What is loaded and what would be; only packs whose file has changed are read from the database."""
    laid = Folder(folder.path, dict(given or {}))
    files = rows_of(load_packs(laid))
    hashes = pack_hashes(laid)
    with database.reading() as session:
        known = store.loaded_hashes(session)
        if given and not known:
            now = rows_of(load_packs(folder))
            named = {name: rows for name, rows in files.items() if name in given}
            return now, now | named, ("Nothing is loaded yet: compared with the files as they are.",)
        stale = {name for name in {*hashes, *known} if hashes.get(name) != known.get(name)}
        before = {name: rows for name, rows in files.items() if name not in stale}
        before |= store.loaded_rows(session, packs=stale)
    loading = stale & given.keys() if given else stale
    after = {name: rows for name, rows in before.items() if name not in loading}
    after |= {name: files[name] for name in loading if name in files}
    return before, after, () if known else ("Nothing is loaded yet: every row is new.",)
