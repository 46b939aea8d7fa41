"""The public copy of a report: the same money, and nothing that names a device."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from estate.cli import estate
from estate.store.database import open_database
from tests.estate.inventory_lab import box, night, observed, part, run_night

ASSETS = """\
serial,asset_tag,vendor,part_number,kind,role,site,device,installed_on,note
FOC7SECRET,TAG7SECRET,Cisco,WS-C3750X-48P-S,switch,edge,Depot,dp-lurking-1,2013-05-01,
BOXSECRET,,Acme,N5K,switch,core,Depot,lurking-core,2014-02-01,note-secret
,TAG9SECRET,APC,,ups-battery,,Depot,,2015-01-01,
TWICESECRET,TAGTWICE,Cisco,WS-C3750X-48P-S,switch,edge,Depot,dp-lurking-2,2013-05-01,
TWICESECRET,TAGTWICE,Cisco,WS-C3750X-48P-S,switch,edge,Depot,dp-lurking-3,2013-05-01,
"""
DECISIONS = """\
decision,kind,serial,device,expires,approver,reason
W-1,waiver,FOC7SECRET,,2027-12-31,Head of ICT,a secret reason
W-2,waiver,,lurking-core,2028-12-31,Head of ICT,a secret reason
"""
FUNDING = """\
line,fy,source,kind,level,recurrent,status,amount,decision
Evergreening Capital,2026/27,borrowing,existing,released,no,approved,5000.00,Cabinet 1
Evergreening Capital,2027/28,borrowing,allocated,in_principle,no,approved,9000.00,Cabinet 2
"""
# What every section of the page says in this estate: none of them is left out of the public copy.
TOLD = (
    "What can be chosen", "Capped plan", "P80 of the total", "Compared with forecast", "Effect on the revenue budget",
    "2 waivers in force", "Approve the release of",
)  # fmt: skip
SECRETS = re.compile(r"(?i)secret|lurking|TAGTWICE|127\.0\.0\.1|9\.8\.7-leak|1\.3\.6\.1\.2\.1\.47")


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(estate, ["--config", str(folder), *words], catch_exceptions=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "council"
    assert run(tmp_path, "init", str(folder)).exit_code == 0
    (folder / "assets.csv").write_text(ASSETS)
    database = open_database(f"sqlite:///{folder / 'estate.db'}")
    seen = observed("lurking-core", night(1), [box("BOXSECRET"), part("PARTSECRET")], version="9.8.7-leak")
    run_night(database, 1, [seen])
    database.close()
    (folder / "decisions.csv").write_text(DECISIONS)
    (folder / "funding.csv").write_text(FUNDING)
    settings = folder / "estate.toml"
    settings.write_text(f"borrowing_rate_pct = 4\n{settings.read_text()}")
    # an earlier version, so that there is a bridge; then one with a plan and a simulation
    assert run(folder, "forecast", "run", "--as-of", "2026-10-22").exit_code == 0
    assert run(folder, "forecast", "run", "--as-of", "2026-11-22").exit_code == 0
    assert run(folder, "forecast", "plan", "2", "--cap", "9000").exit_code == 0
    assert run(folder, "forecast", "simulate", "3", "--runs", "20").exit_code == 0
    return folder


def texts(out: Path) -> dict[str, str]:
    """Every file of a report as text, those inside the workbook as well."""
    found: dict[str, str] = {}
    for path in sorted(out.rglob("*")):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                found |= {f"{path.name}!{name}": book.read(name).decode() for name in book.namelist()}
        elif path.is_file() and path.suffix != ".png":
            found[str(path.relative_to(out))] = path.read_text(encoding="utf-8")
    return found


def test_nothing_that_names_a_device_is_in_any_file(folder: Path) -> None:
    run(folder, "report", str(folder / "whole"))
    assert SECRETS.search("".join(texts(folder / "whole").values()))
    run(folder, "report", str(folder / "public"), "--redact")
    found = texts(folder / "public")
    leaks = {name: match[0] for name, text in found.items() if (match := SECRETS.search(text))}
    assert not leaks
    assert "are withheld in this copy" in found["estate.html"]
    assert [words for words in TOLD if words not in found["estate.html"]] == []
    assert texts(folder / "whole").keys() == found.keys()


def test_the_money_is_the_same_and_still_ties_to_its_rows(folder: Path) -> None:
    run(folder, "report", str(folder / "whole"))
    run(folder, "report", str(folder / "public"), "--redact")
    sums = []
    for name in ("whole", "public"):
        feed = folder / name / "feed"
        with (feed / "fact_forecast.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert json.loads((feed / "manifest.json").read_text())["scenario_totals_pence"]["need"] == sum(
            int(row["amount_pence"]) for row in rows if row["scenario"] == "need"
        )
        sums.append([{key: row[key] for key in row if key != "asset_id"} for row in rows])
    assert sums[0] == sums[1]
