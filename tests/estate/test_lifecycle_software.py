"""What a device runs is judged by its vendor's trains, and what no pack knows stays unknown."""

from __future__ import annotations

import dataclasses
import datetime as dt

from estate.inventory.unit import Unit
from estate.lifecycle.entries import Release
from estate.lifecycle.milestones import Grade, Match, State
from estate.lifecycle.packs import Catalogue, load_packs
from estate.lifecycle.software import software_match
from estate.lifecycle.states import unit_state
from estate.lifecycle.status import software_headline, software_of, software_status

DAY = dt.date(2026, 11, 24)


def release(name: str, place: str, end: dt.date | None, source_type: str = "vendor-page-quote") -> Release:
    return Release("Cisco", "IOS XE", name, "a page", place, end_of_support=end, source_type=source_type)


CATALOGUE = Catalogue(
    hash="",
    releases=(
        release("17.9", "config/software.csv:2", dt.date(2027, 1, 31), "curated-community"),
        release("17.9", "config/software.csv:3", dt.date(2026, 3, 31)),
        release("17.9.4a", "config/software.csv:4", dt.date(2028, 1, 31)),
        release("16.12", "config/software.csv:5", dt.date(2026, 1, 31)),
        release("16.12", "own.csv:2", dt.date(2029, 1, 31), "third-party-transcription"),
    ),
)


def test_the_release_itself_else_its_train_else_unknown() -> None:
    exact = software_match(CATALOGUE, "Cisco", "IOS XE", "17.09.04a")
    assert (exact.grade, exact.row) == (Grade.EXACT, "config/software.csv:4")
    train = software_match(CATALOGUE, "Cisco", "IOS XE", "17.9.5")
    assert (train.grade, train.matched) == (Grade.TRAIN, "IOS XE 17.9")
    assert train.rule == "release 17.9.5 belongs to train 17.9"
    assert software_match(CATALOGUE, "Cisco", "IOS XE", "17.12.1").grade is Grade.NONE
    assert software_match(CATALOGUE, "Cisco", "IOS", "17.9.5").grade is Grade.NONE
    assert software_match(CATALOGUE, "Cisco", "IOS XE", None).grade is Grade.NONE


def test_the_more_trusted_row_wins_and_the_other_is_told() -> None:
    found = software_match(CATALOGUE, "Cisco", "IOS XE", "17.9.5")
    assert found.row == "config/software.csv:3"
    assert "conflict: config/software.csv:2 says end of support 2027-01-31" in found.note


def test_the_councils_own_row_wins_over_any_that_ships() -> None:
    assert software_match(CATALOGUE, "Cisco", "IOS XE", "16.12.5").row == "own.csv:2"


def box(device: str, version: str | None, **values: object) -> Unit:
    unit = Unit(asset_id=device, kind="switch", device=device, vendor="Cisco", os="IOS XE", version=version)
    return dataclasses.replace(unit, **values)  # type: ignore[arg-type] # fields of Unit


def test_software_counts_once_a_device_and_what_is_unknown_is_not_supported() -> None:
    units = [
        box("a", "17.9.5"), box("a", "17.9.5", asset_id="a2"), box("b", "16.12.1"), box("c", "99.1"), box("d", None),
        box("a", "1", asset_id="psu", parent="a"),
    ]  # fmt: skip
    matches = {software_of(unit): software_match(CATALOGUE, "Cisco", "IOS XE", unit.version) for unit in units}
    found = software_status(units, matches, (), DAY, None, cyber_essentials=True)
    assert [(item.unit.device, item.state.state) for item in found] == [
        ("a", State.UNSUPPORTED), ("c", State.UNKNOWN), ("b", State.SUPPORTED),
    ]  # fmt: skip
    assert software_headline(found) == (
        "software of 3 devices: 1 unsupported, 0 ending, 1 supported, 0 not announced, 1 unknown (33 %)"
    )
    nothing = software_status(units, {}, (), DAY, None, cyber_essentials=True)
    assert {item.state.state for item in nothing} == {State.UNKNOWN}
    assert nothing[0].state.match == Match(Grade.NONE)


def test_the_shipped_packs_judge_real_versions() -> None:
    packs = load_packs(None)
    ended = software_match(packs, "Fortinet", "FortiOS", "v6.4.15,build2095")
    assert (ended.grade, ended.dates["end_of_support"]) == (Grade.TRAIN, dt.date(2024, 9, 30))
    assert software_match(packs, "Cisco", "NX-OS", "9.3(13)").matched.endswith("9.3")
    assert software_match(packs, "F5", "TMOS", "15.1.10").grade is Grade.TRAIN


def test_a_release_of_which_no_end_was_announced_is_neither_supported_nor_unknown() -> None:
    shipped = load_packs(None)
    found = software_match(shipped, "Proxmox", "Proxmox VE", "9")
    assert (found.dates, found.not_announced_on, found.known_on) == ({}, dt.date(2026, 8, 22), dt.date(2026, 8, 22))
    state = unit_state(found, None, dt.date(2026, 11, 28), None, cyber_essentials=True)
    assert state.state is State.NOT_ANNOUNCED
    ended = software_match(shipped, "MikroTik", "RouterOS", "3.30")  # its source says that it ended, but not when
    assert unit_state(ended, None, dt.date(2026, 11, 28), None, cyber_essentials=True).state is State.UNKNOWN
