"""The commands as a user runs them: real processes, real signals."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from config.settings import load
from estate.folder.starter import write_starter
from estate.store.database import open_database
from schedules import store
from schedules.steps import utc_now

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An estate folder without targets, whose nightly time was a minute ago."""
    write_starter(tmp_path / "estate")
    due_at_minutes_ago(tmp_path / "estate", 1)
    return tmp_path / "estate"


def due_at_minutes_ago(folder: Path, minutes: int) -> None:
    text = (folder / "estate.toml").read_text(encoding="utf-8")
    at = (utc_now() - dt.timedelta(minutes=minutes)).strftime("%H:%M")
    text = text.replace('at = "02:15"', f'at = "{at}"').replace('zone = "Europe/London"', 'zone = "Etc/UTC"')
    (folder / "estate.toml").write_text(text, encoding="utf-8")


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "estate", *arguments],
        cwd=ROOT,
        env={**os.environ, "ESTATE_CONFIG": str(folder), "COLUMNS": "100"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def estate(folder: Path, *arguments: str) -> tuple[int, str, str]:
    process = start(folder, *arguments)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def runs(folder: Path) -> list[store.RunRecord]:
    database = open_database(f"sqlite:///{folder / 'estate.db'}")
    with closing(database), database.reading() as session:
        return store.runs(session, 10)


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)


def test_a_night_by_hand_and_its_ledger(folder: Path) -> None:
    status, out, err = estate(folder, "nightly", "--report", str(folder.parent / "out"))
    assert status == 0, err
    assert out.startswith("Run 1 of ")
    assert f"{folder.parent / 'out'}" in out
    assert [line.split(":")[0] for line in err.splitlines()] == [
        "check", "collect", "neighbours", "inventory", "lifecycle", "notices", "forecast", "report",
    ]  # fmt: skip
    status, out, _ = estate(folder, "runs", "-o", "json", "-f", "run,job,outcome,asked,changes")
    assert (status, json.loads(out)) == (
        0, [{"run": 1, "job": "nightly", "outcome": "done", "asked": 0, "changes": 0}],
    )  # fmt: skip
    status, out, _ = estate(folder, "runs", "show", "1", "-o", "jsonl", "-f", "part,name,outcome")
    steps = [json.loads(line) for line in out.splitlines()]
    assert steps[0] == {"part": "step", "name": "check", "outcome": "done"}
    assert len(steps) == 8
    status, _, err = estate(folder, "runs", "show", "7")
    assert status == 1
    assert "there is no run 7" in err


def test_no_run_yet(folder: Path) -> None:
    assert estate(folder, "runs") == (0, "", "No run yet: estate nightly.\n")


def test_a_timer_beside_a_timer(folder: Path) -> None:
    """Two machines' timers call for the same night: the first has it, the second says so and is content."""
    status, out, _ = estate(folder, "schedule", "run", "--once")
    assert status == 0
    assert "Run 1 of " in out
    status, out, err = estate(folder, "schedule", "run", "--once")
    assert (status, out) == (0, "")
    assert "another process" in err
    assert len(runs(folder)) == 1


def test_nothing_is_due(folder: Path) -> None:
    write_later = (folder / "estate.toml").read_text(encoding="utf-8").replace("grace_hours = 6", "grace_hours = 1")
    (folder / "estate.toml").write_text(write_later, encoding="utf-8")
    now = utc_now()
    text = write_later.replace(load(folder).schedule.at, (now - dt.timedelta(hours=3)).strftime("%H:%M"))
    (folder / "estate.toml").write_text(text, encoding="utf-8")
    status, out, err = estate(folder, "schedule", "run", "--once")
    assert (status, out) == (0, "")
    assert "nothing is due" in err
    assert not (folder / "estate.db").exists()


def test_the_scheduler_catches_up_and_stops_on_sigterm(folder: Path) -> None:
    process = start(folder, "schedule", "run")
    try:
        until(lambda: (folder / "estate.db").exists() and any(run.ended_at for run in runs(folder)))
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0
    assert out.startswith("Run 1 of ")
    events = [json.loads(line)["event"] for line in err.splitlines()]
    assert events[0] == "scheduler started"
    assert events[-1] == "scheduler stopped"
    assert [(run.job, run.outcome) for run in runs(folder)] == [("nightly", "done")]


def test_a_time_that_the_clocks_skip_is_refused(folder: Path) -> None:
    (folder / "estate.toml").write_text('[schedule]\nat = "01:30"\n', encoding="utf-8")
    status, _, err = estate(folder, "schedule", "run")
    assert status == 1
    assert "estate.toml, column schedule.at: 01:30" in err
    assert "choose 00:45 or 02:00" in err


@pytest.fixture
def asking(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[str]]:
    """A collection that is kept busy by a socket that hears everything and answers nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        target = f"address,port,name,credential\n127.0.0.1,{deaf.getsockname()[1]},nobody,c\n"
        (folder / "targets.csv").write_text(target, encoding="utf-8")
        (folder / "credentials.toml").write_text('[c]\nkind = "snmpv2c"\ncommunity = "env:C"\n', encoding="utf-8")
        (folder / "estate.toml").write_text("[snmp]\ntimeout = 60\n", encoding="utf-8")
        monkeypatch.setenv("C", "of-the-test")
        process = start(folder, "collect")
        assert process.stderr
        assert process.stderr.readline() == "asking 1 device\n"
        yield process
        process.kill()


def test_a_collection_stops_on_sigterm_and_says_so(folder: Path, asking: subprocess.Popen[str]) -> None:
    asking.send_signal(signal.SIGTERM)
    out, _ = asking.communicate(timeout=20)
    assert asking.returncode == 1
    assert "stopped by SIGTERM after 0 of 1 devices" in out
    [run] = runs(folder)
    assert (run.outcome, run.reason) == ("failed", "collect: stopped by SIGTERM after 0 of 1 devices")


@pytest.mark.skipif(sys.platform == "win32", reason="there, no signal kills like this")
def test_a_killed_run_is_not_shown_as_running(folder: Path, asking: subprocess.Popen[str]) -> None:
    asking.kill()
    asking.communicate(timeout=20)
    _, out, _ = estate(folder, "runs", "-o", "json", "-f", "job,outcome,reason")
    [run] = json.loads(out)
    assert (run["job"], run["outcome"]) == ("collect", "abandoned")
    assert "is gone" in run["reason"]


def test_collect_says_what_fits_nothing(folder: Path) -> None:
    status, _, err = estate(folder, "collect", "--site", "nowhere")
    assert status == 2
    assert "--site nowhere: no target in targets.csv fits" in err
