"""Lifecycle packs: what ships is sound, what a council adds is checked and wins."""

import datetime as dt
import time
from pathlib import Path

import pytest

from config.errors import InputError
from config.folder import Folder
from estate.lifecycle.match import match
from estate.lifecycle.milestones import Grade
from estate.lifecycle.packs import _shipped, catalogue_hash, load_packs, model_key, part_key, read_packs

HEADER = "vendor,part_number,model,end_of_sale,end_of_security_support,end_of_support,source\n"


def folder(tmp_path: Path, **packs: str) -> Folder:
    (tmp_path / "lifecycle").mkdir(exist_ok=True)
    for name, content in packs.items():
        (tmp_path / "lifecycle" / f"{name}.csv").write_text(content, encoding="utf-8")
    return Folder(tmp_path)


def test_what_ships_is_read_without_a_problem_and_quickly() -> None:
    _shipped.cache_clear()
    start = time.perf_counter()
    catalogue, problems = read_packs(None)
    assert time.perf_counter() - start < 2  # about 0.12 s on an idle machine
    assert problems == []
    (pack,) = catalogue.packs
    assert len(pack.by_part) > 5_000
    assert len(catalogue.releases) > 1_000
    assert read_packs(None)[0].packs is not None


def test_every_row_that_ships_cites_its_source_and_none_is_from_a_scanner_feed() -> None:
    catalogue, _ = read_packs(None)
    entries = [entry for pack in catalogue.packs for rows in pack.by_part.values() for entry in rows]
    origins = [(row.source, row.source_type) for row in entries]
    origins += [(row.source, row.source_type) for row in catalogue.releases]
    assert all(source and kind and kind != "scanner-feed-2022" for source, kind in origins)


def test_every_series_rule_has_one_row_and_gives_the_latest_possible_date() -> None:
    catalogue, _ = read_packs(None)
    (pack,) = catalogue.packs
    last = dict[str, dt.date | None]()
    for rule in catalogue.series:
        (series,) = (row for rows in pack.by_model.values() for row in rows if row.model == rule.model)
        assert series.part_number is None, rule
        assert series.end_of_support or series.not_announced_on, rule
        last[rule.model] = series.end_of_support
    for part, rows in pack.by_part.items():
        rule_of = next((rule for rule in catalogue.series if rule.pattern.match(part)), None)
        end = last[rule_of.model] if rule_of else None
        # a licence for a series may be supported longer than the last box of it
        hardware = not rows[0].place.startswith("config/lifecycle/cisco-licences.csv:")
        if end and hardware and catalogue.vendor(rows[0].vendor) == "cisco":
            assert all(row.end_of_support is None or row.end_of_support <= end for row in rows), (rule_of, part)


def test_a_council_pack_is_read_after_and_wins(tmp_path: Path) -> None:
    own = folder(tmp_path, ours=HEADER + "Cisco Systems,WS-C3850-24T-S,,,,2026-03-31,letter of our reseller\n")
    found = match(load_packs(own), "Cisco", "WS-C3850-24T-S", None)
    assert found.grade is Grade.EXACT
    assert found.dates["end_of_support"].isoformat() == "2026-03-31"
    assert found.row == "lifecycle/ours.csv:2"
    assert "conflict: config/lifecycle/cisco-hardware.csv:" in found.note
    assert "2025-10-31" in found.note


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("Cisco,X,,2027-01-01,,2026-01-01,letter", "end_of_support", "before the end of sale"),
        ("Cisco,X,,,,1975-01-01,letter", "end_of_support", "placeholder"),
        ("Cisco,X,,,,31/12/2026,letter", "end_of_support", "not a date"),
        ("Cisco,X,,,,,letter", "end_of_support", "no date"),
        ("Cisco,,,,,2026-01-01,letter", "part_number", "part_number or model"),
        (",X,,,,2026-01-01,letter", "vendor", "blank"),
        ("Cisco,X,,,,2026-01-01,", "source", "blank"),
    ],
)
def test_an_impossible_row_is_refused_with_file_and_row(tmp_path: Path, row: str, column: str, reason: str) -> None:
    own = folder(tmp_path, ours=f"{HEADER}{row}\n")
    _, (problem,) = read_packs(own)
    assert (problem.file, problem.row, problem.column) == ("lifecycle/ours.csv", 2, column)
    assert reason in problem.text
    with pytest.raises(InputError):
        load_packs(own)


def test_everything_impossible_is_told_at_once_in_every_form(tmp_path: Path) -> None:
    hardware = """\
vendor,part_number,eox_announced,end_of_sale,end_of_sw_maintenance,end_of_support,not_announced_on,as_of,source
Cisco,A,,2027-01-01,,2026-01-01,,,letter
Cisco,B,1969-12-31,,,1989-12-31,,1980-01-01,letter
Cisco,C,2027-01-01,,,2026-01-01,,,letter
Cisco,D,,,2027-01-01,2026-01-01,,,letter
Cisco,E,,,,2026-01-01,2025-01-01,,letter
Cisco,F,,,,,2025-01-01,,letter
"""
    software = """\
vendor,os,release,released,end_of_sale,end_of_sw_maintenance,end_of_support,not_announced_on,source
Cisco,IOS,1,2020-01-01,2019-01-01,2019-01-01,2019-01-01,,letter
Cisco,IOS,2,1989-01-01,,,,,letter
Cisco,IOS,3,,,2021-01-01,2020-01-01,,letter
Cisco,IOS,4,,,,2020-01-01,2020-01-01,letter
Cisco,IOS,5,,,,,2020-01-01,letter
"""
    catalogue, problems = read_packs(folder(tmp_path, hard=hardware, soft=software))
    assert [(one.file, one.row, one.column) for one in problems] == [
        ("lifecycle/hard.csv", 2, "end_of_support"),
        ("lifecycle/hard.csv", 3, "eox_announced"),
        ("lifecycle/hard.csv", 3, "end_of_support"),
        ("lifecycle/hard.csv", 3, "as_of"),
        ("lifecycle/hard.csv", 4, "end_of_support"),
        ("lifecycle/hard.csv", 5, "end_of_support"),
        ("lifecycle/hard.csv", 6, "not_announced_on"),
        ("lifecycle/soft.csv", 2, "end_of_sale"),
        ("lifecycle/soft.csv", 2, "end_of_sw_maintenance"),
        ("lifecycle/soft.csv", 2, "end_of_support"),
        ("lifecycle/soft.csv", 3, "released"),
        ("lifecycle/soft.csv", 4, "end_of_support"),
        ("lifecycle/soft.csv", 5, "not_announced_on"),
    ]
    assert [release.release for release in catalogue.releases if release.source == "letter"] == ["5"]


def test_a_file_with_a_column_os_is_a_software_pack(tmp_path: Path) -> None:
    content = '"vendor","os",release,released,end_of_support,source\nCisco,IOS,15.2(7)E,2018-01-01,{},letter\n'
    catalogue, problems = read_packs(folder(tmp_path, ours=content.format("2030-01-31")))
    assert problems == []
    assert catalogue.releases[0].release == "15.2(7)E"
    _, (problem,) = read_packs(folder(tmp_path, ours=content.format("2017-01-31")))
    assert (problem.row, problem.column) == (2, "end_of_support")


def test_the_hash_follows_the_content(tmp_path: Path) -> None:
    plain = catalogue_hash(None)
    assert plain == catalogue_hash(Folder(tmp_path)) == read_packs(None)[0].hash
    content = HEADER + "Cisco,X,,,,2026-01-31,letter\n"
    own = folder(tmp_path, ours=content)
    one = catalogue_hash(own)
    assert read_packs(own)[0].hash == one
    assert one not in {plain, catalogue_hash(folder(tmp_path, ours=content.replace("01-31", "02-28")))}
    assert "lifecycle/ours.csv" in own.hashes()


def test_keys_differ_only_in_how_a_thing_is_written() -> None:
    vendors = read_packs(None)[0].vendors
    assert part_key(" ws-c2960x-24ts-l ") == "WS-C2960X-24TS-L"
    assert model_key("FortiGate-60F", vendors) == model_key("FortiGate 60F", vendors)
    assert model_key("Check Point 5900", vendors) == model_key("5900 Appliance", vendors)
    assert model_key("CP 5900", vendors) == model_key("5900 Appliance", vendors)
    assert model_key("Meraki MX84", vendors) == model_key("MX84", vendors)
    assert model_key("TZ 300", vendors) != model_key("TZ 300W", vendors)
    assert model_key("Cisco", vendors) == "cisco"


def test_a_pattern_of_the_council_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    _, (problem,) = read_packs(folder(tmp_path, series="vendor,pattern,model\nAcme,^AX-,Acme 9\n"))
    assert (problem.file, problem.row, problem.column) == ("lifecycle/series.csv", 2, "model")
    _, (problem,) = read_packs(folder(tmp_path, series="vendor,pattern,model\nAcme,^AX-(,Acme 9\n"))
    assert (problem.row, problem.column) == (2, "pattern")
    rows = "vendor,model,end_of_support,source\nAcme Ltd,Acme 9,2030-01-31,letter\n"
    catalogue, problems = read_packs(
        folder(
            tmp_path,
            series="vendor,pattern,model\nAcme,^AX-,Acme 9\n",
            ours=rows,
            vendors="alias,vendor\nNewco,Acme\n",
            aliases="vendor,pattern,becomes,reason\nAcme,^OLD(.+)$,AX\\1,an older name\n",
        )
    )
    assert problems == []
    assert match(catalogue, "Newco", "AX-1", None).grade is Grade.SERIES
    assert match(catalogue, "Newco", "AX-1", None).latest_possible
