"""Accepting: rows in targets.csv, in the columns that it has, and nothing else of it changed."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from collectors.targets import TARGETS
from config.errors import EstateError, UsageError
from config.folder import Folder
from schedules.accept import accept, chosen
from schedules.proposals import Proposal

FRESH = Proposal("new", "10.1.1.2", "sw-2", credential="lab", site="depot")
SILENT = Proposal("new", "10.1.1.3", "sw-3", note="answers none of discovery.credentials over SNMP")
OUTSIDE = Proposal("outside", "192.0.2.9", "far", note="outside the configured ranges (10.0.0.0/8)")


def written(folder: Path, text: str) -> Path:
    path = folder / "targets.csv"
    path.write_bytes(text.encode())
    return path


def test_the_files_own_columns_order_and_line_ends(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeffname,credential,address\r\ncore-1,lab,10.1.1.1")
    path.chmod(0o640)
    assert accept(tmp_path, [FRESH], None) == ["sw-2,lab,10.1.1.2"]
    assert path.read_bytes().decode() == "\ufeffname,credential,address\r\ncore-1,lab,10.1.1.1\r\nsw-2,lab,10.1.1.2\r\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["targets.csv"]


def test_site_port_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    accept(tmp_path, [FRESH, Proposal("new", "10.1.1.4", "sw-4", port=1161, credential="lab")], "hall")
    rows = Folder(tmp_path).rows(TARGETS)
    assert [(row.address, row.name, row.site, row.port) for row in rows] == [
        ("10.1.1.2", "sw-2", "hall", None),
        ("10.1.1.4", "sw-4", "hall", 1161),
    ]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    written(tmp_path / "elsewhere", "address,credential,name,site\n")
    (tmp_path / "targets.csv").symlink_to(tmp_path / "elsewhere" / "targets.csv")
    accept(tmp_path, [FRESH], None)
    assert (tmp_path / "targets.csv").is_symlink()
    assert (tmp_path / "elsewhere" / "targets.csv").read_text().endswith("\n10.1.1.2,lab,sw-2,depot\n")


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ('=HYPERLINK("http://x","y")', "HYPERLINK(-http://x-y-)"),
        ("+cmd|' /C calc'!A0", "cmd- /C calc-A0"),
        ("a,b\nc", "a-b-c"),
        ("core-1", ""),
        ("x" * 200, "x" * 80),
    ],
)
def test_a_hostile_name_and_one_that_is_taken(name: str, cell: str, tmp_path: Path) -> None:
    written(tmp_path, "address,name,credential\n10.1.1.1,core-1,lab\n")
    accept(tmp_path, [Proposal("new", "10.1.1.2", name, credential="lab")], None)
    rows = Folder(tmp_path).rows(TARGETS)
    assert [row.name for row in rows] == ["core-1", cell or "10.1.1.2"]


def test_a_workbook_is_not_written(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("targets").append(["address", "credential"])
    book.save(tmp_path / "estate.xlsx")
    with pytest.raises(EstateError, match=r"sheet 'targets' of estate\.xlsx"):
        accept(tmp_path, [FRESH], None)
    assert not (tmp_path / "targets.csv").exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [("address,name\n", "no column credential"), ("address,credential\n10.1.1.2,\n", "would not be in order")],
)
def test_what_cannot_be_written_leaves_the_file_alone(text: str, why: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(EstateError, match=why):
        accept(tmp_path, [Proposal("new", "10.1.1.2", credential="lab")], None)
    assert path.read_text() == text


def test_choosing() -> None:
    rows = [FRESH, SILENT, OUTSIDE, Proposal("known", "10.1.1.1", "core-1", note="target core-1")]
    assert chosen(rows, ["SW-2", "10.1.1.2"], everything=False) == [FRESH]
    assert chosen(rows, [], everything=True) == [FRESH]
    for wanted, why in (
        ("sw-3", "answers none"),
        ("far", "is outside"),
        ("core-1", "is known"),
        ("nobody", "not found"),
    ):
        with pytest.raises(UsageError, match=why):
            chosen(rows, [wanted], everything=False)
    with pytest.raises(UsageError, match="name one by its address"):
        chosen([FRESH, Proposal("new", "10.1.1.9", "sw-2", credential="lab")], ["sw-2"], everything=False)
