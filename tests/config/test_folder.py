"""Where the estate folder is found, and files of it that nobody can read."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from config.errors import EstateError, InputError
from config.folder import FILE, Folder, find_folder
from config.settings import load

# a regular file that opens and cannot be read from its beginning, whoever asks
UNREADABLE = Path("/proc/self/mem")


def test_the_nearest_folder_above_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "estate.toml").touch()
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    monkeypatch.delenv("ESTATE_CONFIG", raising=False)
    assert find_folder() == tmp_path.resolve()
    monkeypatch.setenv("ESTATE_CONFIG", str(below))
    assert find_folder() == below.resolve()
    assert find_folder(str(tmp_path)) == tmp_path.resolve()


def test_no_folder_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ESTATE_CONFIG", raising=False)
    with pytest.raises(EstateError, match="estate init"):
        find_folder(str(tmp_path / "missing"))


def test_a_workbook_with_a_broken_sheet_is_a_problem_of_the_file(tmp_path: Path) -> None:
    whole, broken = io.BytesIO(), tmp_path / "estate.xlsx"
    openpyxl.Workbook().save(whole)
    with zipfile.ZipFile(whole) as parts, zipfile.ZipFile(broken, "w") as copy:
        for name in parts.namelist():
            content = parts.read(name)
            copy.writestr(name, content[: len(content) // 2] if "/sheet1" in name else content)
    with pytest.raises(InputError, match=r"estate\.xlsx: cannot be read as a workbook"):
        Folder(tmp_path).workbook()


@pytest.mark.skipif(not UNREADABLE.is_file(), reason="there is no such file on this system")
def test_a_file_that_cannot_be_read_is_a_problem_like_another(tmp_path: Path) -> None:
    for name in ("prices.csv", FILE):
        (tmp_path / name).symlink_to(UNREADABLE)
    with pytest.raises(InputError, match=r"prices\.csv: cannot be read: "):
        Folder(tmp_path).read_bytes("prices.csv")
    with pytest.raises(InputError, match=r"estate\.toml: cannot be read: "):
        load(tmp_path)
