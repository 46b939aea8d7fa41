"""The list for an auditor: by each standard's rules, with nothing unknown among what complies."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from estate.cli import estate
from estate.evidence.cli import STANDARDS
from estate.evidence.findings import CLEAR, Evidence, evidence
from estate.evidence.plans import Plans
from estate.evidence.standards import NAMES, standard
from estate.evidence.verdict import verdict
from estate.folder.starter import write_starter
from estate.inventory.unit import Population, Unit
from estate.lifecycle.milestones import Grade, Match, State, UnitState
from estate.lifecycle.service import EstateStatus
from estate.lifecycle.status import SoftwareStatus, UnitStatus
from estate.store.database import open_database
from estate.store.forecast import ForecastInput
from tests.estate.report_factory import POLICY

DAY = dt.date(2026, 11, 28)
INTERNET = replace(POLICY, policy="edge", exposure="internet", tier="core")
PAST, SOON, LATER = dt.date(2024, 1, 31), dt.date(2027, 6, 30), dt.date(2031, 1, 31)


def state(date: dt.date | None, *, confirmed: bool = True, not_announced: bool = False) -> UnitState:
    match = Match(
        Grade.EXACT if confirmed else Grade.SERIES, not_announced_on=DAY if not_announced else None, replacement="NEW"
    )
    if date is None:
        name = State.NOT_ANNOUNCED if not_announced else State.UNKNOWN
    else:
        name = State.UNSUPPORTED if date < DAY else State.ENDING if (date - DAY).days < 365 else State.SUPPORTED
    return UnitState(name, "end_of_support" if date else "", date, date is not None and confirmed, 365, match)


def box(name: str, date: dt.date | None, kind: str = "firewall", **more: bool) -> UnitStatus:
    return UnitStatus(Unit(name, kind, device=name, serial=name, vendor="Acme"), INTERNET, state(date, **more))


def told(name: str, units: list[UnitStatus], software: list[SoftwareStatus] | None = None) -> Evidence:
    people = Population(tuple(item.unit for item in units))
    status = EstateStatus(DAY, people, tuple(units), tuple(software or ()))
    return evidence(standard(name), status, [INTERNET], [], Plans(), {})


def found(
    name: str, units: list[UnitStatus], software: list[SoftwareStatus] | None = None
) -> dict[tuple[str, str], str]:
    return {(item.unit.asset_id, item.thing): item.finding for item in told(name, units, software).findings}


def test_every_standard_is_data_with_sources() -> None:
    assert STANDARDS == NAMES
    for name in NAMES:
        rules = standard(name)
        assert rules.sources
        assert all(source.startswith("https://") for source in rules.sources)


@pytest.mark.parametrize(
    ("name", "past", "soon", "later"),
    [
        ("cyber-essentials", "fails", "supported", "supported"),
        ("nist-sa-22", "fails", "supported", "supported"),
        ("cisa-bod", "due", "due", "supported"),
    ],
)
def test_what_ended_ends_soon_and_ends_late(name: str, past: str, soon: str, later: str) -> None:
    units = [box("A", PAST), box("B", SOON), box("C", LATER), box("D", None), box("E", None, not_announced=True)]
    units += [box("F", LATER, confirmed=False), box("G", PAST, confirmed=False)]
    findings = {key: value for (key, thing), value in found(name, units).items() if thing == "hardware"}
    assert findings == {
        "A": past, "B": soon, "C": later, "D": "unknown", "E": "not_announced", "F": "unconfirmed", "G": past,
    }  # fmt: skip


def test_the_deadlines_of_the_directive() -> None:
    rules = standard("cisa-bod")
    for ends, out in (
        (dt.date(2020, 1, 1), dt.date(2027, 2, 5)),
        (dt.date(2027, 2, 5), dt.date(2027, 2, 5)),
        (dt.date(2027, 2, 6), dt.date(2027, 8, 5)),
        (dt.date(2027, 8, 6), dt.date(2027, 8, 6)),
    ):
        assert rules.out_by(ends) == out
        assert out >= ends
    # software without support: at once on a supported device, with its box where that has none either
    units = [box("A", PAST), box("B", LATER)]
    software = [SoftwareStatus(replace(item.unit, os="os", version="1"), state(dt.date(2026, 6, 30))) for item in units]
    rows = {item.unit.asset_id: item for item in told("cisa-bod", units, software).findings if item.thing == "software"}
    assert (rows["A"].finding, rows["A"].out_by) == ("due", dt.date(2027, 2, 5))
    assert (rows["B"].finding, rows["B"].out_by) == ("fails", dt.date(2026, 6, 30))


def test_scope_differs_by_standard() -> None:
    inside = replace(POLICY, exposure="internal")
    firewall = box("FW", PAST)
    psu = UnitStatus(Unit("PSU", "power-supply", device="FW", parent="FW", vendor="Acme"), None, state(PAST))
    card = UnitStatus(Unit("CARD", "module", device="FW", parent="FW", vendor="Acme"), None, state(PAST))
    battery = box("BAT", PAST, "ups-battery")
    switch = replace(box("SW", PAST, "switch"), policy=inside)
    unsaid = replace(box("X", PAST, "switch"), policy=None)
    units = [firewall, psu, card, battery, switch, unsaid]
    hardware = {
        name: {key for key, thing in found(name, units) if thing == "hardware"} for name in NAMES
    }  # fmt: skip
    assert hardware["cyber-essentials"] == {"FW", "CARD", "SW", "X"}
    assert hardware["nist-sa-22"] == {"FW", "CARD", "SW", "X", "PSU", "BAT"}
    # a part is as exposed as its box; what nobody said the exposure of counts until it is said
    assert hardware["cisa-bod"] == {"FW", "CARD", "X"}
    assert "3 outside its scope" in verdict(told("cisa-bod", units))


def test_software_of_which_no_version_is_known_is_unknown() -> None:
    virtual = replace(box("VM", None), excluded="virtual: its host carries the hardware")
    virtual = replace(virtual, unit=replace(virtual.unit, virtual=True))
    spare = replace(box("SPARE", PAST), excluded="spare")
    units = [box("A", LATER), box("B", LATER), virtual, spare]
    software = [SoftwareStatus(replace(units[0].unit, os="os", version="1"), state(LATER))]
    assert found("cyber-essentials", units, software) == {
        ("A", "hardware"): "supported",
        ("A", "software"): "supported",
        ("B", "hardware"): "supported",
        ("B", "software"): "unknown",
        ("VM", "software"): "unknown",
    }
    text = verdict(told("cyber-essentials", units, software))
    assert text.startswith("Cyber Essentials as of 2026-11-28: cannot be shown to comply; not counted as complying: ")
    assert "the software of 2 devices unknown" in text
    assert "2 not in service or not counted" in text


def test_what_would_mend_it() -> None:
    units = [box("A", PAST), box("B", LATER), box("C", PAST, "module"), box("D", None), box("E", None, confirmed=False)]
    software = [SoftwareStatus(replace(item.unit, os="os", version="1"), state(PAST)) for item in units[:2]]
    people = Population(tuple(item.unit for item in units))
    status = EstateStatus(DAY, people, tuple(units), tuple(software))
    rows = evidence(standard("cyber-essentials"), status, [INTERNET], [], Plans(), {"B": "9.2"}).findings
    assert {(item.unit.asset_id, item.thing): item.remedy for item in rows if item.remedy} == {
        ("A", "hardware"): "replace it with NEW",
        ("A", "software"): "update the software, or replace the box, which has no support either",
        ("B", "software"): "update to 9.2",
        ("C", "hardware"): "replace the part, or the box around it with NEW",
        ("D", "hardware"): "find its date: estate lifecycle explain",
        ("D", "software"): "learn its version",
        ("E", "hardware"): "find its date: estate lifecycle explain",
        ("E", "software"): "learn its version",
    }


def test_nothing_known_against_it() -> None:
    units = [box("A", LATER)]
    software = [SoftwareStatus(replace(units[0].unit, os="os", version="1"), state(LATER))]
    text = verdict(told("cyber-essentials", units, software))
    assert text == "Cyber Essentials as of 2026-11-28: nothing without support is known in its scope"


DATES = st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2035, 1, 1))


@given(st.lists(st.tuples(DATES, st.booleans(), st.sampled_from(["firewall", "switch", "module", "ups"])), max_size=8))
@settings(max_examples=150, deadline=None)
def test_what_is_not_known_never_complies(drawn: list[tuple[dt.date | None, bool, str]]) -> None:
    units = [box(f"U{number}", date, kind, confirmed=confirmed) for number, (date, confirmed, kind) in enumerate(drawn)]
    for name in NAMES:
        for item in told(name, units).findings:
            sure = item.state.date is not None and item.state.confirmed and item.state.state is not State.UNSUPPORTED
            assert sure or item.finding not in CLEAR


# --------------------------------------------------------------------------------------------------------- the command

ASSETS = """\
serial,vendor,part_number,kind,role,site,device,quantity,state
FOX1,Cisco,WS-C3850-24T-S,switch,core,Town Hall,core1,1,
FOX2,Cisco,WS-C3850-12XS-S,switch,core,Town Hall,core2,1,
FW1,Palo Alto Networks,PAN-PA-5050,firewall,,Depot,"=fw2\u202e",1,
OPT1,Cisco,WS-C3850-NM-4-1G,module,,Town Hall,core1,1,
OLD,Cisco,WS-C3850-24T-S,switch,core,Depot,old,1,retired
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_starter(tmp_path / "estate")
    (tmp_path / "estate" / "assets.csv").write_text(ASSETS, encoding="utf-8")
    return tmp_path / "estate"


def call(folder: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(estate, ["--config", str(folder), *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def ask(folder: Path, *arguments: str) -> tuple[dict[tuple[str, str], dict[str, str]], str]:
    result = call(folder, "evidence", "--as-of", "2026-11-28", "--standard", *arguments, "-o", "csv")
    rows = csv.DictReader(io.StringIO(result.stdout))
    return {(row["serial"], row["thing"]): row for row in rows}, result.stderr


def test_before_any_forecast(folder: Path) -> None:
    rows, headline = ask(folder, "cyber-essentials")
    assert rows["FOX1", "hardware"]["finding"] == "fails"
    assert rows["FOX1", "hardware"]["plan_note"] == "no forecast yet"
    assert "would fail: 2 units without support, 1 facing the internet" in headline
    assert "no forecast yet, so no plan year" in headline


def test_plan_money_and_waiver(folder: Path) -> None:
    (folder / "funding.csv").write_text(
        "line,fy,source,kind,level,recurrent,status,amount,decision\n"
        "Data Centre & Core Network Refresh,2026/27,borrowing,existing,released,no,approved,1000.00,Cabinet\n"
        "Data Centre & Core Network Refresh,2026/27,borrowing,existing,released,no,pending,500.00,Cabinet\n",
        encoding="utf-8",
    )
    (folder / "decisions.csv").write_text(
        "decision,kind,serial,expires,approver,decided_on,reference,reason\n"
        "D1,waiver,FW1,2027-03-31,Head of ICT,2026-05-14,ICT board 7,held offline\n"
        "D2,waiver,FOX1,2026-11-27,Head of ICT,2026-05-14,ICT board 8,over by now\n",
        encoding="utf-8",
    )
    call(folder, "forecast", "run", "--as-of", "2026-11-28")
    rows, headline = ask(folder, "cyber-essentials")
    firewall = rows["FW1", "hardware"]
    assert (firewall["finding"], firewall["waiver"], firewall["waiver_expires"]) == (
        "fails",
        "ICT board 7",
        "2027-03-31",
    )
    assert (firewall["plan_fy"], firewall["released"], firewall["released_gbp"]) == ("2026/27", "yes", "1000.00")
    assert firewall["line"] == "Data Centre & Core Network Refresh"
    assert firewall["device"] == "'=fw2 "
    assert (firewall["exposure"], firewall["tier"], firewall["forecast"]) == ("internet", "core", "1")
    assert firewall["source"].startswith("https://")
    assert rows["FOX1", "hardware"]["waiver"] == ""
    # what sits in a box goes with it, and is as exposed
    part = rows["OPT1", "hardware"]
    assert (part["plan_fy"], part["exposure"]) == (rows["FOX1", "hardware"]["plan_fy"], "internal")
    assert part["plan_note"].startswith("covered by FOX1")
    assert rows["FOX2", "hardware"]["finding"] == "unconfirmed"
    assert rows["FOX2", "software"]["finding"] == "unknown"
    assert "1 waived, which the standard does not take" in headline
    assert "with a plan year in forecast 1 of 2026-11-28" in headline
    assert ("OLD", "hardware") not in rows
    assert "1 not in service or not counted" in headline


def test_a_what_if_is_nobodys_plan(folder: Path) -> None:
    for _ in range(2):
        call(folder, "forecast", "run", "--as-of", "2026-11-28")
    with closing(open_database(f"sqlite:///{folder / 'estate.db'}")) as database, database.writing() as session:
        digest = session.scalar(sa.select(ForecastInput.sha256).where(ForecastInput.version_id == 2))
        session.add(ForecastInput(version_id=2, file="overlay/prices.csv", sha256=digest))
    _, headline = ask(folder, "cyber-essentials")
    assert "in forecast 1 of 2026-11-28" in headline


def test_the_end_of_security_updates_binds_whatever_the_settings_say(folder: Path) -> None:
    text = (folder / "estate.toml").read_text(encoding="utf-8")
    (folder / "estate.toml").write_text(text.replace("cyber_essentials = true", "cyber_essentials = false"))
    (folder / "lifecycle").mkdir(exist_ok=True)
    (folder / "lifecycle" / "own.csv").write_text(
        "vendor,part_number,end_of_security_support,end_of_support,source\n"
        "Cisco,WS-C3850-24T-S,2026-01-31,2031-01-31,a letter\n",
        encoding="utf-8",
    )
    status = json.loads(call(folder, "status", "--as-of", "2026-11-28", "-o", "json").stdout)
    assert {row["serial"]: row["state"] for row in status}["FOX1"] == "supported"
    rows, _ = ask(folder, "cyber-essentials")
    assert (rows["FOX1", "hardware"]["finding"], rows["FOX1", "hardware"]["date"]) == ("fails", "2026-01-31")


def test_as_of_and_all(folder: Path) -> None:
    before = call(folder, "evidence", "--standard", "cisa-bod", "--as-of", "2026-01-31")
    assert "It was not in force on that day" in before.stderr
    result = call(folder, "evidence", "--standard", "cyber-essentials", "--as-of", "2025-10-31", "--all", "-o", "json")
    rows = {(row["serial"], row["thing"]): row for row in json.loads(result.stdout)}
    assert rows["FOX1", "hardware"]["finding"] == "supported"
    assert rows["FOX1", "hardware"]["remedy"] is None
    result = call(folder, "evidence", "--standard", "cyber-essentials", "--as-of", "2025-10-31", "-o", "json")
    assert ("FOX1", "hardware") not in {(row["serial"], row["thing"]) for row in json.loads(result.stdout)}
