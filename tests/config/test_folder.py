"""Where the estate folder is found."""

from pathlib import Path

import pytest

from config.errors import EstateError
from config.folder import find_folder


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
