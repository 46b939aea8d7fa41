"""A webhook over real HTTP on loopback: what arrives, who signed it, and how each fault ends."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from collectors.secrets import SecretError
from config.sections.night import Webhook
from schedules.delivery import DeliveryError, TransportError, insist
from schedules.webhook import send
from tests.schedules.receivers import Hook, certificate, free_port, hook_server, server_tls

NOW = dt.datetime(2026, 11, 22, 2, 30, tzinfo=dt.UTC)
DOCUMENT = {"text": "two things", "notices": [{"device": "a\r\nX-Evil: 1", "note": "ü"}]}


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


def settings(hook: Hook | int, **more: object) -> Webhook:
    port = hook if isinstance(hook, int) else hook.port
    return Webhook.model_validate({"url": f"http://127.0.0.1:{port}/in?a=b", "timeout": 5.0} | more)


def test_what_arrives_is_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_KEY", "geheim")
    with hook_server(Hook()) as hook:
        assert send(DOCUMENT, settings(hook, secret="env:HOOK_KEY"), tmp_path, NOW) == ""
    assert (hook.documents, hook.paths) == ([DOCUMENT], ["/in?a=b"])
    [headers] = hook.headers
    assert headers["Content-Type"] == "application/json"
    stamp = headers["X-Estate-Timestamp"]
    assert stamp == str(int(NOW.timestamp()))
    expected = hmac.new(b"geheim", f"{stamp}.".encode() + hook.bodies[0], hashlib.sha256).hexdigest()
    assert headers["X-Estate-Signature"] == f"sha256={expected}"
    assert "X-Evil" not in headers


def test_without_a_key_it_is_not_signed_and_a_missing_key_is_said(tmp_path: Path) -> None:
    with hook_server(Hook()) as hook:
        send(DOCUMENT, settings(hook), tmp_path, NOW)
        assert "X-Estate-Signature" not in hook.headers[0]
        with pytest.raises(SecretError, match="env:NO_SUCH_KEY is not set"):
            send(DOCUMENT, settings(hook, secret="env:NO_SUCH_KEY"), tmp_path, NOW)
    assert len(hook.bodies) == 1


def test_the_address_may_be_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with hook_server(Hook(answers=[204, 500])) as hook:
        monkeypatch.setenv("HOOK_URL", f"http://127.0.0.1:{hook.port}/token-geheim")
        send(DOCUMENT, settings(hook, url="env:HOOK_URL"), tmp_path, NOW)
        assert hook.paths == ["/token-geheim"]
        with pytest.raises(DeliveryError) as caught:
            send(DOCUMENT, settings(hook, url="env:HOOK_URL"), tmp_path, NOW)
    assert "geheim" not in str(caught.value)
    monkeypatch.setenv("HOOK_URL", "http://192.0.2.1/token-geheim")
    with pytest.raises(DeliveryError, match="what env:HOOK_URL holds must begin with https") as caught:
        send(DOCUMENT, settings(0, url="env:HOOK_URL"), tmp_path, NOW)
    assert "geheim" not in str(caught.value)


def test_https_is_checked(tmp_path: Path) -> None:
    files = certificate(tmp_path)
    with hook_server(Hook(), server_tls(files)) as hook:
        url = f"https://127.0.0.1:{hook.port}/"
        send(DOCUMENT, settings(hook, url=url, ca_file="loopback.pem"), tmp_path, NOW)
        with pytest.raises(DeliveryError, match=r"TLS failed: .*certificate verify failed"):
            send(DOCUMENT, settings(hook, url=url), tmp_path, NOW)
    assert len(hook.bodies) == 1


def test_what_it_refuses_is_not_asked_twice(tmp_path: Path) -> None:
    for status, match in (
        (500, r"answered 500 as \[2J told"),
        (404, "answered 404"),
        (302, "redirect, which is not fol"),
    ):
        with hook_server(Hook(answers=[status])) as hook, pytest.raises(DeliveryError, match=match):
            insist(lambda: send(DOCUMENT, settings(hook), tmp_path, NOW))
        assert hook.paths == ["/in?a=b"]


def test_what_passes_is_tried_again(tmp_path: Path) -> None:
    with hook_server(Hook(answers=["drop", "drop"])) as hook:
        insist(lambda: send(DOCUMENT, settings(hook), tmp_path, NOW))
    assert (len(hook.paths), len(hook.bodies)) == (3, 1)


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(TransportError, match=r"127.0.0.1 cannot be reached: .*refused"):
        send(DOCUMENT, settings(free_port()), tmp_path, NOW)


def test_one_that_never_answers_is_left(tmp_path: Path) -> None:
    with hook_server(Hook(answers=["hang"])) as hook, pytest.raises(TransportError, match=r"0\.3 seconds|timed out"):
        send(DOCUMENT, settings(hook, timeout=0.3), tmp_path, NOW)
