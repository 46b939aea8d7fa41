"""Logs: to standard error, one JSON object a line when piped, and never a secret."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from schedules import logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_what_is_bound_stands_in_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(1)
    with structlog.contextvars.bound_contextvars(run=7):
        structlog.get_logger("schedules.night").info("device ended", device="core-1", site="town-hall")
    [line] = lines(capsys)
    assert (line["event"], line["run"], line["device"], line["site"]) == ("device ended", 7, "core-1", "town-hall")
    assert (line["level"], line["logger"]) == ("info", "schedules.night")


@pytest.mark.parametrize(("verbose", "heard"), [(0, ["w"]), (1, ["i", "w"]), (2, ["d", "i", "w"])])
def test_verbosity(verbose: int, heard: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(verbose)
    log = structlog.get_logger("collectors.poll")
    log.debug("d")
    log.info("i")
    log.warning("w")
    assert [line["event"] for line in lines(capsys)] == heard


def test_libraries_never_speak_below_warning(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(9)
    logging.getLogger("netmiko").debug("write_channel: hunter2")
    logging.getLogger("a_library.transport").info("userauth")
    logging.getLogger("a_library.transport").warning("Oops")
    assert [line["event"] for line in lines(capsys)] == ["Oops"]


def test_secrets_go(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(0)
    log = structlog.get_logger("collectors.poll")
    log.warning(
        "login with password=hunter2 at postgresql://estate:hunter2@db/estate failed",
        community="hunter2",
        auth_password="hunter2",
        settings={"snmp": {"community": "hunter2"}, "timeout": 2},
        seen=["secret: hunter2", "uptime"],
    )
    logging.getLogger("a_library").warning("passphrase='hunter2'")
    log.warning("poll failed", exc_info=ValueError("community: hunter2"))
    captured = capsys.readouterr()
    assert "hunter2" not in captured.err
    first, _, third = map(json.loads, captured.err.splitlines())
    assert first["settings"] == {"snmp": {"community": "[redacted]"}, "timeout": 2}
    assert first["event"] == "login with password=[redacted] at postgresql://estate:[redacted]@db/estate failed"
    assert "ValueError" in third["exception"]


def test_what_devices_say_cannot_move_the_cursor_or_flood(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(0)
    structlog.get_logger("schedules").warning("x", reason="a\x1b[2Jb" + "c" * 10_000)
    [line] = lines(capsys)
    assert line["reason"].startswith("a [2Jb")
    assert len(line["reason"]) == logs.MAX_VALUE


def test_setting_up_twice_does_not_say_things_twice(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(0)
    logs.set_up(0)
    structlog.get_logger("schedules").warning("once")
    assert len(lines(capsys)) == 1
