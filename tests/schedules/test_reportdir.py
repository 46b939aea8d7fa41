"""The night's folder, and ``latest``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from schedules.reportdir import folder_of, point_latest


def night(parent: Path, run_id: int) -> Path:
    folder = folder_of(parent, dt.date(2026, 11, 22), run_id)
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(str(run_id))
    return folder


def test_the_folder_says_day_and_run(tmp_path: Path) -> None:
    assert night(tmp_path, 7).name == "2026-11-22-run7"


def test_latest_follows(tmp_path: Path) -> None:
    for run_id in (1, 2):
        latest = point_latest(night(tmp_path, run_id))
        assert latest == tmp_path / "latest"
        assert (latest / "manifest.json").read_text() == str(run_id)
    assert latest.readlink() == Path("2026-11-22-run2")  # relative: the folder may move
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-11-22-run1", "2026-11-22-run2", "latest"]


def test_without_symbolic_links_it_is_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise OSError("no symbolic links here")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "symlink_to", refuse)
        for run_id in (1, 2):
            latest = point_latest(night(tmp_path, run_id))
            assert not latest.is_symlink()
            assert (latest / "manifest.json").read_text() == str(run_id)
    # on a file system that has them again, the link takes the copy's place
    assert point_latest(night(tmp_path, 3)).is_symlink()


def test_somebody_s_own_folder_is_left_alone(tmp_path: Path) -> None:
    own = tmp_path / "latest"
    own.mkdir()
    (own / "letter.txt").write_text("mine")
    folder = night(tmp_path, 1)
    assert point_latest(folder) == folder
    assert (own / "letter.txt").read_text() == "mine"
    assert not list(tmp_path.glob(".latest*"))
