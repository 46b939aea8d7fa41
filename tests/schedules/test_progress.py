"""Progress: bounded plain lines, and nothing on standard output."""

from __future__ import annotations

import datetime as dt

import pytest

from collectors.observation import Observation, Outcome
from schedules.progress import Lines, OnTerminal, watcher

NOW = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)


def seen(name: str, outcome: Outcome = Outcome.ANSWERED, reason: str = "") -> Observation:
    return Observation(target=name, address="192.0.2.1", at=NOW, outcome=outcome, reason=reason)


def test_trouble_is_always_told_and_the_rest_now_and_then() -> None:
    written, time = list[str](), [0.0]
    lines = Lines(written.append, lambda: time[0])
    lines.asking(1000)
    for number in range(1, 1001):
        time[0] = number / 100
        bad = number == 500
        outcome, reason = (Outcome.SILENT, "nothing came back") if bad else (Outcome.ANSWERED, "")
        lines.device(seen(f"d{number}", outcome, reason), number, 1000)
    lines.ended("collect", "part", 10.04, "999 of 1000 devices answered\nand more")
    assert written == [
        "asking 1000 devices",
        "  d500 (192.0.2.1): silent: nothing came back",
        "  500 of 1000",
        "collect: part in 10.0 s; 999 of 1000 devices answered",
    ]


def test_a_long_reason_is_bounded() -> None:
    written = list[str]()
    Lines(written.append).device(seen("d", Outcome.FAILED, "x" * 5000), 1, 1)
    assert len(written[0]) < 250


def test_the_bar_stays_off_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    bar = OnTerminal()
    bar.asking(2)
    bar.device(seen("a"), 1, 2)
    bar.device(seen("b", Outcome.PARTIAL, "entity: cut off"), 2, 2)
    bar.ended("collect", "part", 0.1, "1 of 2")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "b (192.0.2.1): partial: entity: cut off" in captured.err
    assert "collect: part in 0.1 s; 1 of 2" in captured.err


def test_without_a_terminal_there_are_lines() -> None:
    assert isinstance(watcher(), Lines)
