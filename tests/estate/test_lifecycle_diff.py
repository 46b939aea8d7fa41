"""``estate lifecycle diff`` and ``load``: what is announced, whom it touches, and that a load does exactly that."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config.errors import InputError, UsageError
from estate.cli import estate

HEADER = "vendor,part_number,end_of_sale,end_of_support,not_announced_on,source,source_type,as_of\n"
OLD = (
    f"{HEADER}Acme,AX-1,,2030-01-31,,letter,,2025-01-01\nAcme,AX-2,,,2025-01-01,letter,,\n"
    "Acme,AX-3,,2020-01-31,,letter,,\n"
)
NEW = (
    f"{HEADER}Acme,AX-4,,2031-01-31,,letter,,\nAcme,AX-1,,2026-01-31,,letter,,2025-01-01\n"
    "Acme,AX-2,,,2025-01-01,mail,vendor-page-quote,\n"
)
ASSETS = """\
serial,asset_tag,vendor,part_number,kind,device,quantity,state
ONE,,Acme,AX-1,switch,core1,1,
TWO,,Acme,AX-2,switch,core2,1,
THREE,,Acme,AX-3,switch,core3,1,
FIVE,,Acme,AX-1,switch,core5,1,retired
,T4,Acme,AX-4,switch,core4,3,
"""


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """An estate folder whose packs were never loaded."""
    return made(tmp_path)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = made(tmp_path_factory.mktemp("once"))
    run(home, "load")
    return home


@pytest.fixture
def folder(tmp_path: Path, once: Path) -> Path:
    """The same, loaded."""
    return Path(shutil.copytree(once, tmp_path / "home"))


def made(parent: Path) -> Path:
    home = parent / "home"
    (home / "lifecycle").mkdir(parents=True)
    (home / "assets.csv").write_text(ASSETS, encoding="utf-8")
    (home / "estate.toml").write_text('entity = "Havering"\n', encoding="utf-8")
    (home / "lifecycle" / "acme.csv").write_text(OLD, encoding="utf-8")
    return home


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(estate, ["--config", str(folder), "lifecycle", *arguments], catch_exceptions=False)


def asked(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(folder, *arguments, "-o", "json").stdout)
    return found


def told(folder: Path, *arguments: str) -> list[tuple[str, str]]:
    return [(one["what"], one["name"]) for one in asked(folder, "diff", *arguments)]


def test_before_loading_a_file_says_what_it_would_change_and_loading_changes_just_that(folder: Path) -> None:
    assert asked(folder, "load") == []
    newer = folder.parent / "acme.csv"
    newer.write_text(NEW, encoding="utf-8")
    announced = asked(folder, "diff", str(newer))
    assert [(one["what"], one["name"]) for one in announced] == [
        ("added", "AX-4"), ("changed", "AX-1"), ("changed", "AX-2"), ("removed", "AX-3"),
    ]  # fmt: skip
    moved, other = announced[1:3]
    assert moved["moved"] == [
        {"milestone": "end_of_support", "before": "2030-01-31", "after": "2026-01-31", "days": -1461}
    ]
    assert (other["moved"], other["source_before"], other["source"]) == ([], "letter", "mail, vendor-page-quote")
    assert told(folder) == []  # the file lies elsewhere
    (folder / "lifecycle" / "acme.csv").write_text(NEW, encoding="utf-8")
    assert asked(folder, "diff") == announced
    assert asked(folder, "load") == [{"pack": "lifecycle/acme.csv", "rows": 3, "added": 1, "removed": 1, "changed": 2}]
    assert told(folder) == told(folder, str(newer)) == []


def test_the_units_that_it_touches_with_their_state_before_and_after(folder: Path) -> None:
    (folder / "lifecycle" / "acme.csv").write_text(NEW, encoding="utf-8")
    done = run(folder, "diff", "--units", "--as-of", "2026-11-28", "-o", "json")
    units = [(one["device"], one["state_before"], one["state_after"], one["days"]) for one in json.loads(done.stdout)]
    assert units == [
        ("core1", "supported", "unsupported", -1461),
        ("core3", "unsupported", "unknown", None),
        ("core4", "unknown", "supported", None),
        ("core2", "not_announced", "not_announced", None),
    ]
    assert "4 rows of 1 pack: 1 added, 1 removed, 2 changed; 6 units and the software of 0 devices touched" in (
        done.stderr
    )
    assert "unknown -> supported 3" in done.stderr


def test_what_is_announced_of_units_is_what_the_status_says_before_and_after(folder: Path) -> None:
    def states() -> dict[str, tuple[str, str | None]]:
        result = CliRunner().invoke(estate, ["--config", str(folder), "status", "-o", "json"], catch_exceptions=False)
        return {one["asset_id"]: (one["state"], one["date"]) for one in json.loads(result.stdout)}

    before = states()
    (folder / "lifecycle" / "acme.csv").write_text(NEW, encoding="utf-8")
    told = {one["asset_id"]: one for one in asked(folder, "diff", "--units")}
    run(folder, "load")
    after = states()
    for name, one in told.items():
        assert (one["state_before"], one["date_before"]) == before[name]
        assert (one["state_after"], one["date_after"]) == after[name]
    counted = before.keys() - {"FIVE"}  # retired: not told of
    assert all(before[name] == after[name] for name in counted - told.keys())


def test_a_folder_and_a_pack_of_another_name(folder: Path) -> None:
    more = folder.parent / "more"
    more.mkdir()
    (more / "acme.csv").write_text(NEW, encoding="utf-8")
    (more / "more.csv").write_text(f"{HEADER}Acme,AX-9,,2031-01-31,,letter,,\n", encoding="utf-8")
    assert {name for _, name in told(folder, str(more))} == {"AX-4", "AX-1", "AX-2", "AX-3", "AX-9"}
    assert told(folder, str(more / "more.csv")) == [("added", "AX-9")]


def test_what_loads_have_changed_since_a_day(folder: Path) -> None:
    (folder / "lifecycle" / "acme.csv").write_text(NEW, encoding="utf-8")
    run(folder, "load")
    today = dt.datetime.now().astimezone().date().isoformat()
    done = run(folder, "diff", "--since", today, "-o", "csv", "-f", "what,name,moved")
    assert list(csv.reader(io.StringIO(done.stdout)))[1:] == [
        ["added", "AX-4", ""],
        ["changed", "AX-1", "end_of_support 2030-01-31 -> 2026-01-31 (-1461 days)"],
        ["changed", "AX-2", ""],
        ["removed", "AX-3", ""],
    ]
    assert "compared with the first load" in done.stderr
    with pytest.raises(UsageError, match="lies after"):
        run(folder, "diff", "--since", "2099-01-01")


def test_before_anything_is_loaded_a_pack_is_compared_with_the_files(fresh: Path) -> None:
    assert "Nothing is loaded yet" in run(fresh, "diff", "--since", "2026-01-01").stderr
    newer = fresh.parent / "acme.csv"
    newer.write_text(NEW, encoding="utf-8")
    done = run(fresh, "diff", str(newer), "-o", "jsonl")
    assert len(done.stdout.splitlines()) == 4
    assert "compared with the files as they are" in done.stderr
    assert len(told(fresh)) > 7_000
    loaded = asked(fresh, "load")
    assert {"pack": "lifecycle/acme.csv", "rows": 3, "added": 3, "removed": 0, "changed": 0} in loaded


def test_what_cannot_be_loaded_is_refused_with_every_row_and_changes_nothing(folder: Path) -> None:
    bad = folder.parent / "acme.csv"
    bad.write_text(f"{HEADER}Acme,AX-1,2027-01-01,2026-01-01,,letter,,\nAcme,AX-2,,1975-01-01,,letter,,\n", "utf-8")
    with pytest.raises(InputError) as error:
        run(folder, "diff", str(bad))
    assert [(one.file, one.row) for one in error.value.problems] == [
        ("lifecycle/acme.csv", 2),
        ("lifecycle/acme.csv", 3),
    ]
    (folder / "lifecycle" / "acme.csv").write_bytes(bad.read_bytes())
    with pytest.raises(InputError):
        run(folder, "load")
    (folder / "lifecycle" / "acme.csv").write_text(OLD, encoding="utf-8")
    assert asked(folder, "load") == []
    (folder.parent / "page.html").write_text("<table>", encoding="utf-8")
    with pytest.raises(UsageError, match="no CSV file"):
        run(folder, "diff", str(folder.parent / "page.html"))
    with pytest.raises(UsageError, match="there is no"):
        run(folder, "diff", str(folder / "absent.csv"))
