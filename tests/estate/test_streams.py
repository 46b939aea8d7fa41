"""What becomes of an answer whose reader has gone, or for which there is no room."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LINES = [
    ["--help"],
    ["forecast", "run", "--help"],
    ["identify", "--help"],
    ["check", "-o", "json"],
    ["targets", "-o", "csv"],
    ["lifecycle", "load"],
    ["lifecycle", "explain", "N5K-C5548UP"],
]


def run(folder: Path, line: list[str], stdout: int, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "estate.toml").touch()
    command = [sys.executable, "-m", "estate", "--config", str(folder), *line]
    env = {**os.environ, **environment}
    return subprocess.run(  # noqa: S603 - our own command
        command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, timeout=120, env=env
    )


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_a_reader_that_has_gone_is_no_failure(line: list[str], tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = run(tmp_path, line, writer)
    finally:
        os.close(writer)
    assert (done.returncode, "Error" in done.stderr) == (0, False), done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("line", LINES[1:], ids=" ".join)
def test_an_answer_without_room_is_a_failure_that_says_so(line: list[str], tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = run(tmp_path, line, full.fileno())
    assert done.returncode == 1, done.stderr
    assert "error: No space left on device: make room, then try again" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("form", ["table", "csv"])
def test_a_name_that_the_character_set_has_not_does_not_end_the_answer(form: str, tmp_path: Path) -> None:
    (tmp_path / "targets.csv").write_text("address,name,credential\n192.0.2.1,caf\u00e9,lab\n", encoding="utf-8")
    done = run(tmp_path, ["targets", "-o", form], subprocess.PIPE, PYTHONIOENCODING="ascii")
    assert (done.returncode, "caf\\xe9" in done.stdout) == (0, True), done.stderr
