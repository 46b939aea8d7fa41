"""Reading every file of the estate folder, to say everything that is wrong with it in one go.

Each package checks the files it owns; what lies between files (a site that sites.csv does not know, a serial number
twice) and files that nobody reads are found here.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from collectors.credentials import FILE as CREDENTIALS
from collectors.credentials import check_targets, read_credentials
from collectors.targets import TARGETS
from config.addresses import is_loopback
from config.errors import InputError, Problem
from config.folder import FILE as SETTINGS
from config.folder import Folder
from config.settings import load
from estate.forecast.files import read_files
from estate.forecast.lines import SITES
from estate.inventory.declared import ASSETS
from estate.lifecycle.packs import FOLDER as PACKS
from estate.lifecycle.packs import read_packs
from estate.notices.acknowledgements import ACKNOWLEDGEMENTS
from estate.policy.software import SOFTWARE_POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from collectors.targets import Target
    from estate.inventory.declared import Asset

# Every table that this release reads, by the name of its file or sheet.
TABLES = ("acknowledgements", "actuals", "assets", "budget", "controls", "decisions", "funding", "fx", "indices",
          "lines", "policy", "prices", "projects", "sharing", "sites", "software_policy", "targets")  # fmt: skip
LIKENESS = 0.75


def check(folder: Path) -> list[Problem]:
    """Every problem of every file of an estate folder, sorted by place, each once."""
    files = Folder(folder)
    checks: tuple[Callable[[], Iterable[Problem]], ...] = (
        lambda: _settings(folder),
        lambda: _targets(files),
        lambda: _assets(files),
        lambda: read_files(files).problems,
        lambda: read_packs(files)[1],
        lambda: files.read(SOFTWARE_POLICY)[1],
        lambda: files.read(ACKNOWLEDGEMENTS)[1],
        lambda: _unread(files),
    )
    found: set[Problem] = set()
    for each in checks:
        try:
            found.update(each())
        except InputError as error:
            # a file that cannot be opened at all ends the check that needed it, not the others
            found.update(error.problems)
    return sorted(found)


def files_read(folder: Path) -> list[str]:
    """The names of the files that :func:`check` reads in a folder, in order."""
    names = [SETTINGS, CREDENTIALS, *(f"{table}.csv" for table in TABLES)]
    there = [name for name in names if (folder / name).is_file()]
    books = [path.name for path in folder.glob("*.xlsx") if not path.name.startswith("~$")]
    packs = [f"{PACKS}/{path.name}" for path in (folder / PACKS).glob("*.csv")]
    return sorted(there + books + packs)


def _settings(folder: Path) -> list[Problem]:
    try:
        settings = load(folder)
    except InputError as error:
        return list(error.problems)
    authorities = {"mail.ca_file": settings.mail.ca_file, "webhook.ca_file": settings.webhook.ca_file}
    clear = settings.mail.to and settings.mail.tls == "none" and not is_loopback(settings.mail.host)
    told = f"what is told of the estate crosses the network to {settings.mail.host} in clear"
    return [Problem(SETTINGS, 0, "mail.tls", told, warning=True)] * bool(clear) + [
        Problem(SETTINGS, 0, key, f"{name} is not there: it must hold the authorities to trust, as PEM")
        for key, name in authorities.items()
        if name and not (folder / name).is_file()
    ]


# ------------------------------------------------------------------------------------------------------ between files


def _targets(files: Folder) -> list[Problem]:
    targets, problems = files.read(TARGETS)
    credentials, wrong = read_credentials(files.path)
    # with a broken credentials.toml, every target of it would be told to name another credential
    fit = [] if wrong else check_targets(targets, credentials)
    sites = {row.site for row in files.read(SITES)[0]}
    unknown = [
        _problem(target.source, "site", f"{target.site!r} is not in sites.csv", warning=True)
        for target in targets
        if sites and target.site and target.site not in sites
    ]
    return [*problems, *wrong, *fit, *check_names(targets), *unknown]


def check_names(targets: Sequence[Target]) -> list[Problem]:
    """Targets with the same name (an error: a name is a device), or at the same address (a warning)."""

    def name(target: Target) -> str:
        return target.name.casefold()

    def place(target: Target) -> str:
        return f"{target.address.casefold()} {target.port or ''}"

    return [
        *_twice(targets, "name", name, "is the name of another target in {}"),
        *_twice(targets, "address", place, "is asked as another target in {}", warning=True),
    ]


def _assets(files: Folder) -> list[Problem]:
    assets, problems = files.read(ASSETS)

    def serial(asset: Asset) -> str:
        return f"{asset.vendor or ''}|{asset.serial}".casefold() if asset.serial else ""

    def tag(asset: Asset) -> str:
        return asset.asset_tag.casefold() if asset.asset_tag else ""

    return [
        *problems,
        *_twice(assets, "serial", serial, "this vendor and serial number stand in {} too"),
        *_twice(assets, "asset_tag", tag, "this asset tag stands in {} too"),
    ]


def _twice(
    rows: Iterable[Any], column: str, key: Callable[[Any], str], text: str, *, warning: bool = False
) -> list[Problem]:
    """A problem for every row but the first of those that share a key; a blank key is shared by none."""
    first: dict[str, str] = {}
    problems = []
    for row in rows:
        if (value := key(row)) in first:
            number = first[value].rpartition(":")[2]
            problems.append(_problem(row.source, column, text.format(f"row {number}"), warning=warning))
        elif value:
            first[value] = row.source
    return problems


def _problem(source: str, column: str, text: str, *, warning: bool = False) -> Problem:
    file, _, row = source.rpartition(":")
    return Problem(file, int(row), column, text, warning)


# ------------------------------------------------------------------------------------------------------- files unread


def _unread(files: Folder) -> list[Problem]:
    """A warning for each file or sheet that looks like ours but that this release does not read."""
    known = [f"{table}.csv" for table in TABLES] + [SETTINGS, CREDENTIALS]
    names = [
        path.name
        for path in files.path.iterdir()
        if path.is_file() and path.suffix.casefold() in {".csv", ".toml"} and not path.name.startswith((".", "~"))
    ]
    unread = [_unread_problem(name, name, known) for name in sorted(set(names) - set(known))]
    book, sheets = files.workbook()
    return unread + [_unread_problem(f"{book}#{name}", name, TABLES) for name in sorted(set(sheets) - set(TABLES))]


def _unread_problem(file: str, name: str, known: Sequence[str]) -> Problem:
    near = difflib.get_close_matches(name.casefold(), known, 1, LIKENESS)
    hint = f": is {near[0]} meant?" if near else ""
    return Problem(file, 0, "", f"is not read by this release{hint}", warning=True)
