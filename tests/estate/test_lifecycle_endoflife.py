"""endoflife.date: its client against a server with its faults, what its releases mean, and the refresh of what runs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina
from click.testing import CliRunner, Result

from config.errors import EstateError
from config.sections.lifecycle import EndOfLifeDate, Lifecycle
from estate.cli import estate
from estate.inventory.store import record
from estate.lifecycle.milestones import MILESTONES
from estate.lifecycle.packs import load_packs
from estate.lifecycle.software import software_match
from estate.lifecycle.sources.endoflife import EndOfLifeClient, retry_after
from estate.lifecycle.sources.eol_releases import Listing, Product, listing, products, products_of
from estate.lifecycle.sources.web import SourceError, StoppedError, Web
from estate.store.database import open_database
from tests.estate.inventory_lab import box, new_run, night, observed, target
from tests.estate.sources_server import FORTIOS, EndOfLife, Reply, as_json, eol_answer, eol_release, serving

DAY = dt.date(2026, 11, 28)
PRODUCT = Product(
    "fortios", "Fortinet", "FortiOS",
    {"eoas": ("End of Engineering Support", "end_of_sw_maintenance"), "eol": ("End of Support", "end_of_support")}, {},
)  # fmt: skip


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


def client(address: str, waited: list[float], *hosts: str, most: int = 60) -> EndOfLifeClient:
    settings = EndOfLifeDate(base_url=f"{address}{EndOfLife.BASE}", redirect_hosts=hosts, max_wait=most)
    return EndOfLifeClient(Web(Lifecycle(rate=1000, timeout=5), hosts, waited.append), settings)


# ------------------------------------------------------------------------------------------------------- the client


def test_only_what_changed_is_sent_again() -> None:
    source = EndOfLife({"fortios": eol_answer("fortios", FORTIOS)})
    with serving(source) as address:
        asking = client(address, [])
        first = asking.product("fortios")
        second = asking.product("fortios", first.mark)
    assert first.mark.startswith('W/"')
    assert second.unchanged
    assert [status for _, status in source.asked] == [200, 304]


def test_a_renamed_product_is_followed_on_the_same_host() -> None:
    source = EndOfLife({"forti-os": eol_answer("forti-os", FORTIOS)}, {"fortios": f"{EndOfLife.BASE}products/forti-os"})
    with serving(source) as address:
        said = client(address, []).product("fortios")
    assert listing(said.data, PRODUCT, DAY, "").remarks == ["fortios is now called forti-os"]


def test_another_host_is_followed_only_where_it_was_named() -> None:
    other = EndOfLife({"fortios": eol_answer("fortios", FORTIOS)})
    with serving(other) as there:
        elsewhere = there.replace("127.0.0.1", "localhost")
        source = EndOfLife(moved={"fortios": f"{elsewhere}{EndOfLife.BASE}products/fortios"})
        with serving(source) as address:
            with pytest.raises(SourceError, match=r"redirect_hosts"):
                client(address, []).product("fortios")
            assert client(address, [], "localhost").product("fortios").data["result"]["name"] == "fortios"


def test_a_redirection_into_the_clear_or_in_a_circle_is_refused() -> None:
    source = EndOfLife(moved={"fortios": "http://example.test/x", "loop": f"{EndOfLife.BASE}products/loop"})
    with serving(source) as address:
        with pytest.raises(SourceError, match="https://"):
            client(address, [], "example.test").product("fortios")
        with pytest.raises(SourceError, match="on and on"):
            client(address, []).product("loop")


def test_patience_is_bounded() -> None:
    waited: list[float] = []
    source = EndOfLife({"fortios": eol_answer("fortios", FORTIOS)}, faults=[Reply(429, b"", {"Retry-After": "7"})])
    with serving(source) as address:
        assert client(address, waited).product("fortios").data
        assert 7.0 in waited
        for headers in ({"Retry-After": "3600"}, {}, {"Retry-After": "soon"}):
            source.faults = [Reply(429, b"", headers)]
            with pytest.raises(StoppedError, match="HTTP 429"):
                client(address, waited).product("fortios")
        source.faults = [Reply(429, b"", {"Retry-After": "1"})] * 2
        with pytest.raises(StoppedError, match="fewer questions"):
            client(address, waited).product("fortios")
    assert 3600.0 not in waited


def test_patience_may_be_asked_until_a_moment() -> None:
    now = dt.datetime(2026, 11, 28, 12, 0, 0, tzinfo=dt.UTC)
    assert retry_after("Sat, 28 Nov 2026 12:00:30 GMT", now) == 30
    assert retry_after("Sat, 28 Nov 2026 11:00:00 GMT", now) == 0
    assert retry_after("120", now) == 120
    assert retry_after("", now) is None
    assert retry_after("-5", now) is None


def test_what_is_not_there_is_a_page_and_no_error() -> None:
    with serving(EndOfLife()) as address:
        assert client(address, []).product("nothing/here").missing


def test_a_page_in_the_place_of_json_and_an_endless_answer_are_refused() -> None:
    source = EndOfLife(faults=[Reply(200, b"<html>"), Reply(200, b" " * 11_000_000), Reply(500)])
    with serving(source) as address:
        for said in ("not JSON", "more than 10000000 bytes", "HTTP 500"):
            with pytest.raises(SourceError, match=said):
                client(address, []).product("fortios")


# ----------------------------------------------------------------------------------------------------- the releases


def read(*releases: dict[str, Any], labels: dict[str, Any] | None = None, **product: Any) -> Listing:
    answer = eol_answer("fortios", FORTIOS if labels is None else labels, *releases)
    return listing(answer, dataclasses.replace(PRODUCT, **product), DAY, "the source")


def test_a_release_becomes_a_row_by_the_meaning_of_its_labels() -> None:
    (row,) = read(eol_release("7.2")).rows
    assert row == {
        "vendor": "Fortinet", "os": "FortiOS", "release": "7.2", "released": "2022-03-31", "latest": "7.2.14",
        "end_of_sw_maintenance": "2025-03-31", "end_of_support": "2026-09-30", "source": "the source",
        "source_type": "curated-community", "as_of": "2026-11-28",
        "note": "eoas='End of Engineering Support' -> end_of_sw_maintenance; eol='End of Support' -> end_of_support",
    }  # fmt: skip


def test_null_means_not_announced_unless_it_has_ended() -> None:
    open_ended = eol_release("8.0", isEoas=False, eoasFrom=None, isEol=False, eolFrom=None)
    ended = eol_release("5.0", isEol=True, eolFrom=None)
    nothing_said = eol_release("4.0", isEol=None, eolFrom=None)
    absent = {name: value for name, value in eol_release("3.0").items() if "Eo" not in name and "eo" not in name}
    found = read(open_ended, ended, nothing_said, absent)
    assert [(row["release"], row["not_announced_on"]) for row in found.rows] == [("8.0", "2026-11-28")]
    assert found.undated == ["5.0", "4.0", "3.0"]


def test_a_label_that_changed_its_meaning_is_not_used() -> None:
    found = read(eol_release("7.2"), labels={"eoas": "End of Engineering Support", "eol": "End of Sale"})
    assert found.rows == []
    assert found.undated == ["7.2"]
    assert "labelled End of Sale, not End of Support" in found.remarks[0]


def test_labels_are_compared_without_their_markup() -> None:
    labels = {"eol": 'End of <abbr title="S">Support</abbr>', "eoas": "end of engineering  support"}
    assert read(eol_release("7.2"), labels=labels).remarks == []


def test_further_fields_and_a_caution() -> None:
    release = eol_release("7.2", isLts=True, custom={"technicalGuidance": "2028-01-31", "other": "x"})
    (row,) = read(release, custom={"technicalGuidance": "end_of_support"}, caution="computed").rows
    assert row["end_of_support"] == "2028-01-31"
    assert row["note"].endswith("technicalGuidance -> end_of_support; LTS; computed")


def test_what_cannot_be_true_is_refused_by_name() -> None:
    odd = [eol_release("1", eolFrom="1970-01-01"), eol_release("2", eolFrom="soon"), eol_release("3") | {"name": None}]
    found = read(*odd, eol_release("4", eolFrom="2021-01-01"))
    assert found.rows == []
    assert [subject for subject, _ in found.refused] == ["FortiOS 1", "FortiOS 2", "?", "FortiOS 4"]
    shapes: tuple[Any, ...] = ({}, [], {"result": {"releases": {}}}, {"result": {"releases": [None] * 3000}})
    for shape in shapes:
        with pytest.raises(SourceError):
            listing(shape, PRODUCT, DAY, "")


def test_what_ships_names_milestones_and_systems_that_the_packs_know() -> None:
    catalogue = load_packs(None)
    filed = {(release.vendor, release.os) for release in catalogue.releases}
    for product in products():
        assert (product.vendor, product.os) in filed, product.name
        meant = [*(milestone for _, milestone in product.phases.values()), *product.custom.values()]
        assert {*meant} <= {*MILESTONES, ""}, product.name
    names = {product.name for product in products_of(catalogue, [("fortinet", "fortios"), ("Broadcom", "x"), ("", "")])}
    assert names == {"fortios"}
    assert [one.name for one in products_of(catalogue, [("Cisco Systems", "IOS XE")])] == ["cisco-ios-xe"]


# ------------------------------------------------------------------------------------------------------ the refresh


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An estate of one FortiGate and one Catalyst."""
    (tmp_path / "estate.toml").write_text("", encoding="utf-8")
    database = open_database(f"sqlite:///{tmp_path / 'estate.db'}")
    with database.writing() as session:
        run = new_run(session, night(0))
        for name, vendor, os, version in (
            ("fw1", "Fortinet", "FortiOS", "7.2.6"),
            ("sw1", "Cisco", "IOS XE", "17.6.4"),
        ):
            said = observed(name, night(0), [box(f"S-{name}")], version=version)
            record(session.connection(), run, target(name), dataclasses.replace(said, vendor=vendor, os=os))
    database.close()
    return tmp_path


def refresh(folder: Path, address: str, *arguments: str) -> Result:
    text = (
        f'[lifecycle]\nrate = 1000\ntimeout = 5\n[lifecycle.endoflife_date]\nbase_url = "{address}{EndOfLife.BASE}"\n'
    )
    (folder / "estate.toml").write_text(text, encoding="utf-8")
    words = ["--config", str(folder), "lifecycle", "refresh", "--source", "endoflife.date", "-o", "jsonl", *arguments]
    return CliRunner().invoke(estate, words, catch_exceptions=False, standalone_mode=False)


def told(result: Result) -> list[tuple[str, str, str | None, str | None]]:
    listed = [json.loads(line) for line in result.stdout.splitlines()]
    return [(one["kind"], one["subject"], one["milestone"], one["after"]) for one in listed]


XE = {"eoas": "Maintenance Support", "eol": "Security Support"}


def source() -> EndOfLife:
    return EndOfLife({
        "fortios": eol_answer("fortios", FORTIOS, eol_release("7.2"), eol_release("9.0", isEol=False, eolFrom=None)),
        "cisco-ios-xe": eol_answer("cisco-ios-xe", XE, eol_release("17.6", releaseDate="2021-07-30")),
    })  # fmt: skip


def test_what_the_estate_runs_is_asked_for(folder: Path) -> None:
    asked = source()
    with serving(asked) as address:
        result = refresh(folder, address)
    assert result.return_value == 0
    assert sorted(name for name, _ in asked.asked) == ["cisco-ios-xe", "fortios"]
    assert ("new", "FortiOS 9.0", None, "released 2022-03-31, end of sw maintenance 2025-03-31") in told(result)
    pack = (folder / "lifecycle" / "endoflife-date.csv").read_text(encoding="utf-8")
    assert f"{address}/api/v1/products/fortios (endoflife.date API v1, read " in pack


def test_a_release_without_an_end_is_not_announced_and_never_supported(folder: Path) -> None:
    with serving(source()) as address:
        refresh(folder, address)
    from config.folder import Folder  # noqa: PLC0415 - used here alone

    found = software_match(load_packs(Folder(folder)), "Fortinet", "FortiOS", "9.0.1")
    assert found.not_announced_on == dt.datetime.now().astimezone().date()
    assert "end_of_support" not in found.dates


def test_the_vendors_own_row_stands_against_a_computed_date(folder: Path) -> None:
    with serving(source()) as address:
        result = refresh(folder, address)
    (conflict,) = [one for one in told(result) if one[1] == "IOS XE 17.6"]
    assert conflict[0] == "conflict"
    assert "IOS XE" not in (folder / "lifecycle" / "endoflife-date.csv").read_text(encoding="utf-8")


def test_an_unchanged_answer_says_today_what_it_said_before(folder: Path) -> None:
    asked = source()
    with serving(asked) as address:
        refresh(folder, address)
        pack = folder / "lifecycle" / "endoflife-date.csv"
        today = dt.datetime.now().astimezone().date()
        old = today - dt.timedelta(days=8)
        pack.write_text(pack.read_text(encoding="utf-8").replace(str(today), str(old)), encoding="utf-8")
        memory = folder / "lifecycle" / "endoflife-date.asked.json"
        memory.write_text(memory.read_text(encoding="utf-8").replace(str(today), str(old)), encoding="utf-8")
        result = refresh(folder, address)
        assert [one for one in told(result) if "FortiOS" in one[1]] == []
        assert str(old) not in pack.read_text(encoding="utf-8")
        # nothing is due any more
        before = len(asked.asked)
        refresh(folder, address)
        assert len(asked.asked) == before
        # without its rows, an answer of "unchanged" would say nothing
        pack.unlink()
        memory.write_text(memory.read_text(encoding="utf-8").replace(str(today), str(old)), encoding="utf-8")
        refresh(folder, address)
    assert [status for name, status in asked.asked if name == "fortios"] == [200, 304, 200]


def test_what_is_no_longer_listed_is_told_and_kept(folder: Path) -> None:
    asked = source()
    with serving(asked) as address:
        refresh(folder, address)
        asked.products["fortios"]["result"]["releases"].pop(0)
        (folder / "lifecycle" / "endoflife-date.asked.json").unlink()
        result = refresh(folder, address)
    assert ("gone", "FortiOS 7.2", None, None) in told(result)
    assert ",FortiOS,7.2," in (folder / "lifecycle" / "endoflife-date.csv").read_text(encoding="utf-8")


def test_a_product_that_vanished_makes_the_run_partial(folder: Path) -> None:
    asked = source()
    del asked.products["fortios"]
    with serving(asked) as address:
        result = refresh(folder, address)
    assert result.return_value == 3
    assert ("unanswered", "fortios", None, None) in told(result)


def test_a_source_that_stops_in_the_middle_keeps_what_it_said(folder: Path) -> None:
    asked = source()
    with serving(asked) as address:
        assert refresh(folder, address, "--limit", "1").return_value == 0
        asked.faults = [Reply(429, b"")]
        with pytest.raises(EstateError, match="no source answered"):
            refresh(folder, address)
        asked.faults = []
        assert refresh(folder, address).return_value == 0
    assert [status for _, status in asked.asked] == [200, 429, 200]


def test_a_mistake_of_the_sources_makes_no_row(folder: Path) -> None:
    asked = source()
    asked.products["fortios"] = as_json([]).body.decode()
    with serving(asked) as address:
        result = refresh(folder, address)
    assert result.return_value == 3
    assert "without a list of releases" in result.stderr
