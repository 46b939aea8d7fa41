"""``estate ages``: bands and profiles by quantity, what dates each unit, and nothing called new by being seen first."""

import csv
import datetime as dt
import io
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from config.errors import EstateError, UsageError
from estate.cli import estate
from estate.inventory.unit import Unit
from estate.reports.ages import BANDS, Aged, headline, oldest_first, profiles
from estate.reports.pictures import AGE_COLOURS, age_profile
from estate.store.database import open_database
from tests.estate.inventory_lab import box, night, observed, part, run_night

DAY = dt.date(2026, 11, 22)
ASSETS = """\
serial,vendor,part_number,kind,site,device,quantity,state,purchased_on,installed_on
FOC1234X0AB,Cisco,WS-C3750X-48PF-S,switch,depot,dp-edge-1,1,,,2014-05-01
FOC2034X0AB,Cisco,C9300-48P,switch,town-hall,th-edge-1,1,,,
AS2315123456,APC,SMT1500,ups,town-hall,th-ups-1,1,,2023-11-22,
FGT60FTK00000000,Fortinet,FG-60F,firewall,,fw-1,1,,,
OLD1,Cisco,WS-C2960,switch,depot,old,1,retired,,2009-01-01
"""


def aged(date: str | None, fact: str = "purchased_on", **values: object) -> Aged:
    facts: dict[str, object] = {"asset_id": "A1", "kind": "switch", **values}
    unit = Unit(**facts)  # type: ignore[arg-type] # a test names the fields it is about
    return Aged(unit, dt.date.fromisoformat(date) if date else None, fact, DAY)


@pytest.mark.parametrize(
    ("date", "band", "years"),
    [
        ("2026-11-22", "0-3", "0.0"),
        ("2023-11-23", "0-3", "3.0"),
        ("2023-11-22", "3-5", "3.0"),
        ("2021-11-23", "3-5", "5.0"),
        ("2021-11-22", "5-8", "5.0"),
        ("2018-11-22", "8-10", "8.0"),
        ("2016-11-23", "8-10", "10.0"),
        ("2016-11-22", "10+", "10.0"),
        ("1999-01-01", "10+", "27.9"),
        ("2026-11-23", "unknown", None),
        (None, "unknown", None),
    ],
)
def test_a_band_begins_on_the_birthday(date: str | None, band: str, years: str | None) -> None:
    assert (aged(date).band, aged(date).years) == (band, Decimal(years) if years else None)


def test_first_seen_says_at_least_and_never_new() -> None:
    assert [aged(day, "first_seen").band for day in ("2026-01-01", "2023-11-22", "2010-01-01")] == [
        "unknown", "3-5", "10+",
    ]  # fmt: skip
    assert aged("2026-01-01", "first_seen").years is None
    assert aged("2026-01-01", "first_seen").group("year") == "unknown"


def test_a_profile_counts_by_quantity_and_keeps_the_unknown_apart() -> None:
    items = [
        aged("2025-11-22", quantity=3, site="a"),
        aged("2015-11-22", site="a"),
        aged(None, "unknown", quantity=2, site="a"),
        aged("2020-11-22", kind="fan"),
    ]
    by_kind = profiles(items, "kind")
    assert [profile.group for profile in by_kind] == ["switch", "fan"]  # equipment before the parts inside it
    switch = by_kind[0]
    assert (switch.count, switch.oldest, switch.median, switch.newest) == (6, Decimal(11), Decimal(1), Decimal(1))
    assert switch.bands == {"0-3": 3, "3-5": 0, "5-8": 0, "8-10": 0, "10+": 1, "unknown": 2}
    assert [profile.group for profile in profiles(items, "site")] == ["a", "unknown"]
    assert [(profile.group, profile.count) for profile in profiles(items, "year")] == [
        ("2015", 1), ("2020", 1), ("2025", 3), ("unknown", 2),
    ]  # fmt: skip
    assert profiles(items[2:3], "kind")[0].median is None


@given(
    st.lists(st.tuples(st.none() | st.dates(dt.date(1995, 1, 1), dt.date(2028, 1, 1)), st.integers(1, 9)), max_size=30)
)
def test_every_unit_is_in_one_band_of_one_group(rows: list[tuple[dt.date | None, int]]) -> None:
    items = [aged(date.isoformat() if date else None, quantity=quantity) for date, quantity in rows]
    for by in ("kind", "site", "year"):
        groups = profiles(items, by)
        assert sum(sum(group.bands.values()) for group in groups) == sum(quantity for _, quantity in rows)
        for group in groups:
            if group.oldest is not None and group.median is not None and group.newest is not None:
                assert group.oldest >= group.median >= group.newest >= 0
    assert {item.band for item in oldest_first(items)} <= set(BANDS)


def test_the_headline_says_how_they_are_dated() -> None:
    items = [aged("2020-01-01", quantity=2), aged("2020-01-01", "serial"), aged(None, "unknown")]
    assert headline(items, 3) == (
        "4 units, 3 dated: 2 by purchase, 1 by serial number; 1 of unknown age; 3 not in service or not counted"
    )
    assert headline([], 0) == "0 units, 0 dated; 0 of unknown age"


# ----------------------------------------------------------------------------------------------------------- command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets.csv").write_text(ASSETS, encoding="utf-8")
    (tmp_path / "estate.toml").write_text('entity = "Havering"\n', encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    words = ["--config", str(folder), "ages", "--as-of", "2026-11-22", *arguments]
    return CliRunner().invoke(estate, words, catch_exceptions=False)


def test_ages_of_an_estate_of_assets_alone(folder: Path) -> None:
    result = run(folder, "-o", "csv")
    assert [*csv.reader(io.StringIO(result.stdout))] == [
        ["kind", "count", "oldest", "median", "newest", *BANDS],
        ["firewall", "1", "", "", "", "0", "0", "0", "0", "0", "1"],
        ["switch", "2", "12.6", "10.3", "10.3", "0", "0", "0", "0", "2", "0"],
        ["ups", "1", "3.0", "3.0", "3.0", "0", "1", "0", "0", "0", "0"],
    ]
    assert result.stderr == (
        "4 units, 3 dated: 1 by installation, 1 by purchase, 1 by serial number; 1 of unknown age; "
        "1 not in service or not counted\n"
    )
    assert run(folder, "--by", "site", "-o", "csv", "-f", "site,count").stdout == (
        "site,count\ndepot,1\ntown-hall,2\nunknown,1\n"
    )
    assert run(folder, "--by", "year", "-f", "year,10+,unknown").stdout.splitlines()[1:] == [
        "2014\t1\t0", "2016\t1\t0", "2023\t0\t0", "unknown\t0\t1",
    ]  # fmt: skip


def test_units_say_which_fact_dates_them_and_where_it_stands(folder: Path) -> None:
    rows = json.loads(run(folder, "--units", "-o", "json").stdout)
    shown = [(row["device"], row["made_or_bought"], row["fact"], row["confidence"], row["age_years"]) for row in rows]
    assert shown == [
        ("dp-edge-1", "2014-05-01", "installed_on", "dated", "12.6"),
        ("th-edge-1", "2016-08-22", "serial", "estimated", "10.3"),
        ("th-ups-1", "2023-11-22", "purchased_on", "dated", "3.0"),
        ("fw-1", None, "unknown", "unknown", None),
    ]
    assert [row["source"] for row in rows][::2] == ["assets.csv:2", "assets.csv:4"]
    assert rows[1]["source"].startswith("serials.toml: Cisco LLLYYWWSSSS")
    assert rows[3]["band"] == "unknown"


def test_software_of_the_boxes_that_were_seen_is_dated_by_what_they_say(folder: Path) -> None:
    database = open_database(f"sqlite:///{folder / 'estate.db'}")
    seen = replace(
        observed("core-1", night(0), [box("FOC2034X0AC"), part("PSU1")], serial="FOC2034X0AC", version="17.09.04a"),
        os="IOS XE",
        sys_descr="Cisco IOS Software, Version 17.09.04a, Compiled Tue 23-Jul-24 09:40",
    )
    run_night(database, 0, [seen])
    database.close()
    rows = {row["serial"]: row for row in json.loads(run(folder, "--units", "-o", "json").stdout)}
    core = rows["FOC2034X0AC"]
    assert (core["firmware"], core["firmware_date"]) == ("17.09.04a", "2024-07-23")
    assert core["firmware_source"] == "build date in sysDescr"
    assert (core["fact"], core["confidence"], core["age_years"]) == (
        "first_seen",
        "assumed",
        None,
    )  # not Cisco's: Acme's
    assert rows["PSU1"]["firmware_date"] is None


@pytest.mark.parametrize(("version", "date"), [("15.2(4)E7", "2018-09-18"), ("15.2(7)E1", None)])
def test_software_is_dated_by_the_screen_that_shows_its_version(folder: Path, version: str, date: str | None) -> None:
    database = open_database(f"sqlite:///{folder / 'estate.db'}")
    screen = "Cisco IOS Software, Version 15.2(4)E7, RELEASE SOFTWARE (fc2)\nCompiled Tue 18-Sep-18 13:09 by builder"
    seen = replace(
        observed("core-1", night(0), [box()], serial="BOX1", version=version),
        screens={"show version": screen, "show inventory": "Build date: 2001-01-01"},
    )
    run_night(database, 0, [seen])
    database.close()
    (core,) = [row for row in json.loads(run(folder, "--units", "-o", "json").stdout) if row["serial"] == "BOX1"]
    assert (core["firmware_date"], core["firmware_source"]) == (date, date and "build date in show version")


def test_an_estate_without_units_says_what_to_do(folder: Path, tmp_path: Path) -> None:
    (folder / "assets.csv").unlink()
    assert "estate collect" in run(folder).stderr
    with pytest.raises(EstateError, match="nothing to draw"):
        run(folder, "--picture", str(tmp_path / "ages.svg"))


# ----------------------------------------------------------------------------------------------------------- picture


def test_the_picture_is_svg_or_png_by_its_name(folder: Path, tmp_path: Path) -> None:
    vector, raster = tmp_path / "ages.svg", tmp_path / "ages.PNG"
    assert "ages.svg" in run(folder, "--picture", str(vector)).stderr
    assert run(folder, "--by", "year", "--picture", str(raster)).exit_code == 0
    text = vector.read_text(encoding="utf-8")
    assert text.startswith("<svg")
    assert "http" not in text.replace("http://www.w3.org/", "")
    for words in ("Switch (2)", "UPS (1)", "10+ years", "Unknown"):
        assert words in text
    assert raster.read_bytes().startswith(b"\x89PNG")
    earlier = tmp_path / "earlier.svg"
    earlier.hardlink_to(vector)
    run(folder, "--by", "site", "--picture", str(vector))
    assert earlier.read_text(encoding="utf-8") == text, "written over in place: a full disk would leave half of it"
    assert vector.read_text(encoding="utf-8") != text
    with pytest.raises(UsageError, match=r"\.svg nor \.png"):
        run(folder, "--picture", str(tmp_path / "ages.jpg"))
    with pytest.raises(EstateError, match="cannot be written"):
        run(folder, "--picture", str(tmp_path / "nowhere" / "ages.svg"))


def test_every_band_has_a_colour_and_a_strange_site_stays_text() -> None:
    assert tuple(AGE_COLOURS) == BANDS
    svg = age_profile(profiles([aged("2015-01-01", site="<b>dc-a</b>")], "site"), share=True)
    assert "&lt;b&gt;dc-a&lt;/b&gt; (1)" in svg
