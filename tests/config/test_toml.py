"""TOML that people edit: what keeps it from being read is said as a problem of that file."""

from pathlib import Path

import pytest

from collectors.credentials import read_credentials
from config.errors import InputError
from config.settings import load
from config.toml import read_toml


def test_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert read_toml(tmp_path / "estate.toml") is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a = " + b"[" * 5000, "nested too deeply"),
        ("a = 1".encode("utf-16"), "is not UTF-8"),
        (b"[[[", "is not TOML"),
    ],
)
@pytest.mark.parametrize("name", ["estate.toml", "credentials.toml"])
def test_what_cannot_be_read_is_a_problem(name: str, content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert reason in " ".join(problems(name, tmp_path))


@pytest.mark.parametrize("name", ["estate.toml", "credentials.toml"])
def test_a_folder_in_its_place_is_not_the_same_as_none(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    assert problems(name, tmp_path) == [f"{name}: cannot be read: it is no file: put the file there, or take it away"]


def problems(name: str, folder: Path) -> list[str]:
    if name == "credentials.toml":
        return [str(problem) for problem in read_credentials(folder)[1]]
    with pytest.raises(InputError) as caught:
        load(folder)
    return [str(problem) for problem in caught.value.problems]
