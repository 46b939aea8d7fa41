"""The starter set: written once, without a mistake in it, and explained file by file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.errors import EstateError
from config.settings import Settings, load
from estate.cli import estate
from estate.folder.check import TABLES, check, files_read
from estate.folder.starter import starter, write_starter


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_starter(tmp_path / "estate")
    return tmp_path / "estate"


def test_the_starter_set_has_no_mistake(folder: Path) -> None:
    assert check(folder) == []
    assert files_read(folder) == sorted(set(starter()) - {"README.md"})


def test_the_settings_of_the_starter_set_are_the_defaults(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ESTATE_DATABASE", raising=False)
    assert load(folder) == Settings()
    given = tomllib.loads((folder / "estate.toml").read_text(encoding="utf-8"))
    # every key is there to be found; this one has no default, and stands as a comment
    assert set(Settings.model_fields) - set(given) == {"borrowing_rate_pct"}
    for name, section in given.items():
        if isinstance(section, dict):
            assert set(section) == set(type(getattr(Settings(), name)).model_fields), name


def test_the_readme_explains_every_file_and_column(folder: Path) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert [name for name in starter() if name not in text and name != "README.md"] == []
    for table in ("targets", "assets", "policy", "prices"):
        header = (folder / f"{table}.csv").read_text(encoding="utf-8").splitlines()[0]
        section = text.split(f"## {table}.csv")[1].split("\n## ")[0]
        assert [column for column in header.split(",") if column not in section] == [], table


def test_nothing_is_overwritten(folder: Path) -> None:
    (folder / "targets.csv").write_text("address,credential\n192.0.2.1,core\n")
    (folder / "lines.csv").unlink()
    with pytest.raises(EstateError, match=r"already holds .*targets\.csv.*nothing was written") as raised:
        write_starter(folder)
    assert "lines.csv" not in str(raised.value)
    assert not (folder / "lines.csv").exists()
    assert "192.0.2.1" in (folder / "targets.csv").read_text()


def test_a_folder_of_something_else_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert len(write_starter(tmp_path)) == len(starter())


def test_init_makes_dir_whatever_config_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESTATE_CONFIG", str(tmp_path / "nowhere"))
    result = CliRunner().invoke(estate, ["--config", "elsewhere", "init", str(tmp_path / "a" / "b")])
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "estate check" in result.stderr
    assert (tmp_path / "a" / "b" / "estate.toml").is_file()


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EstateError, match="cannot write into"):
        write_starter(tmp_path / "file" / "estate")


def test_half_a_set_does_not_stand_in_the_way_of_the_next_try(tmp_path: Path) -> None:
    (tmp_path / "targets.csv").symlink_to(tmp_path / "nowhere" / "targets.csv")
    with pytest.raises(EstateError, match=r"File exists: .*targets\.csv; nothing was written"):
        write_starter(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["targets.csv"]
    (tmp_path / "targets.csv").unlink()
    assert len(write_starter(tmp_path)) == len(starter())


def test_every_table_of_the_starter_set_is_read() -> None:
    assert {f"{table}.csv" for table in TABLES} >= {name for name in starter() if name.endswith(".csv")}
