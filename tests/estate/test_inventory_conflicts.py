"""Conflicts: each is one question with its evidence, nothing is counted twice, and what settles it settles it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collectors.observation import Component
from estate.cli import estate
from estate.inventory.conflicts_cli import CONFLICT_COLUMNS
from estate.inventory.store import release
from estate.store.database import open_database
from tests.estate.inventory_lab import box, new_run, night, observed, part, run_night

DAY = ("--as-of", "2026-01-04")


def ask(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(estate, ["--config", str(folder), *words], catch_exceptions=False)


def asked(folder: Path) -> list[dict[str, object]]:
    answer = ask(folder, "conflicts", "-o", "json", *DAY)
    assert answer.exit_code == 0
    found: list[dict[str, object]] = json.loads(answer.stdout)
    return found


def listed(folder: Path, *names: str) -> None:
    rows = "".join(f"10.0.0.{number},{name},lab\n" for number, name in enumerate(names, start=1))
    (folder / "targets.csv").write_text(f"address,name,credential\n{rows}", encoding="utf-8")


def assets(folder: Path, *rows: str) -> None:
    (folder / "assets.csv").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "estate.toml").write_text("", encoding="utf-8")
    listed(tmp_path, "a", "b")
    return tmp_path


def lives(folder: Path, **devices: list[Component]) -> None:
    database = open_database(f"sqlite:///{folder / 'estate.db'}")
    run_night(database, 0, [observed(name, night(0), parts) for name, parts in devices.items()])
    database.close()


def counted(folder: Path) -> list[str]:
    rows = csv.DictReader(io.StringIO(ask(folder, "status", "-o", "csv", *DAY).stdout))
    return sorted(f"{row['device']} {row['serial']}" for row in rows)


def test_nothing_contradicts_itself(folder: Path) -> None:
    lives(folder, a=[box("A")], b=[box("B")])
    assert asked(folder) == []
    assert ask(folder, "conflicts", "-o", "csv", *DAY).stdout.strip() == ",".join(CONFLICT_COLUMNS)
    assert "Nothing contradicts itself" in ask(folder, "conflicts", *DAY).stderr


def test_one_box_under_two_addresses_is_one_question_and_one_row_less_settles_it(folder: Path) -> None:
    lives(folder, a=[box(), part("P1")], b=[box(), part("P1")])
    (case,) = asked(folder)
    assert (case["kind"], case["devices"], case["asset_ids"]) == ("box-under-two-addresses", ["a", "b"], ["BOX1", "P1"])
    assert "keep one row of targets.csv, a (127.0.0.1) or b (127.0.0.1)" in str(case["settle"])
    evidence = "\n".join(case["evidence"])  # type: ignore[arg-type] # a list of texts
    assert "BOX1 on b, chassis: unknown product, serial by 1.3.6.1.2.1.47.1.1.1.1.11.1 in reading" in evidence
    assert "a: address 127.0.0.1" in evidence
    page = ask(folder, "conflicts", *DAY).stdout
    assert page.startswith("box-under-two-addresses\n  a and b answer")
    listed(folder, "b")
    assert asked(folder) == []
    assert "settled by targets.csv" in ask(folder, "conflicts", *DAY).stderr
    database = open_database(f"sqlite:///{folder / 'estate.db'}")
    with database.writing() as session:
        release(session, new_run(session, night(1)), {"b"}, night(1))
    database.close()
    answer = ask(folder, "conflicts", *DAY)
    assert "settled" not in answer.stderr
    assert counted(folder) == ["b BOX1", "b P1"]


def test_a_stack_seen_twice_is_called_so(folder: Path) -> None:
    second = Component(
        "2", "chassis", name="Switch 2", serial="BOX2", vendor="Acme", where={"serial": "1.3.6.1.2.1.47.1"}
    )
    lives(folder, a=[box(), second], b=[box(), second])
    (case,) = asked(folder)
    assert case["kind"] == "stack-seen-twice"
    assert "one stack of 2 under two addresses" in str(case["what"])


def test_a_part_in_two_devices_is_no_box_under_two_addresses(folder: Path) -> None:
    lives(folder, a=[box("A"), part("P1")], b=[box("B"), part("P1")])
    (case,) = asked(folder)
    assert (case["kind"], case["counted"]) == ("part-in-two-devices", "once, on a; held back on b")


def test_one_serial_on_two_models_counts_once_until_two_rows_say_otherwise(folder: Path) -> None:
    lives(folder, a=[box("0000", model="X1"), part("P1")], b=[box("0000", model="Y2"), part("P2")])
    (case,) = asked(folder)
    assert case["kind"] == "serial-on-two-models"
    assert "as X1 and as Y2: not one thing" in str(case["what"])
    assets(folder, "serial,asset_tag,device", "0000,T1,a", "0000,T2,b")
    assert asked(folder) == []
    whole = json.loads(ask(folder, "status", "-o", "json", *DAY).stdout)
    assert sorted((unit["device"], unit["serial"]) for unit in whole) == [
        ("a", "0000"), ("a", "P1"), ("b", "0000"), ("b", "P2"),
    ]  # fmt: skip


def test_two_rows_with_one_tag_do_not_make_two_things(folder: Path) -> None:
    lives(folder, a=[box("0000", model="X1")], b=[box("0000", model="Y2")])
    assets(folder, "serial,asset_tag,device", "0000,T1,a", "0000,T1,b")
    assert "serial-on-two-models" in {case["kind"] for case in asked(folder)}


@pytest.mark.parametrize(
    ("wrong", "kind", "right"),
    [
        (("serial,asset_tag", "A,T1", "B,T1"), "tag-on-two-things", ("serial,asset_tag", "A,T1", "B,T2")),
        (("serial,state", "A,retired"), "answers-out-of-service", ("serial,state", "A,in_service")),
        (("serial,vendor", "A,Other"), "other-vendor", ("serial,vendor", "A,Acme")),
        (("serial,asset_tag", "A,T1", "a,T2"), "two-rows", ("serial,asset_tag", "A,T1")),
        (("asset_tag,parent_serial", "T1,NOWHERE"), "no-such-parent", ("asset_tag,parent_serial", "T1,A")),
    ],
)
def test_what_assets_contradicts_is_settled_there(
    folder: Path, wrong: tuple[str, ...], kind: str, right: tuple[str, ...]
) -> None:
    lives(folder, a=[box("A")], b=[box("B")])
    assets(folder, *wrong)
    (case,) = asked(folder)
    assert case["kind"] == kind
    assert case["counted"]
    assert case["settle"]
    assets(folder, *right)
    assert asked(folder) == []


def test_a_serial_of_two_vendors_is_settled_by_naming_both(folder: Path) -> None:
    lives(folder, a=[box("A"), part("P1")], b=[box("B"), replace(part("P1"), vendor="Rival")])
    (case,) = asked(folder)
    assert case["kind"] == "serial-of-two-vendors"
    assets(folder, "serial,vendor", "P1,Acme", "P1,Rival")
    assert asked(folder) == []
