"""Mail over real SMTP on loopback: what arrives, and how each fault ends."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from collectors.secrets import SecretError
from config.sections.night import Mail
from schedules.delivery import DeliveryError, TransportError, insist
from schedules.mail import Letter, compose, send
from tests.schedules.receivers import Post, certificate, free_port, mail_server, server_tls

TEXT = "Town Hall\n.\n.. dots\nünï\n" + "x" * 3000 + "\n"
AT = dt.datetime(2026, 11, 22, 2, 30, tzinfo=dt.UTC)
LETTER = Letter("estate: 2 notices", TEXT, "estate-run7", AT, "what,device\nending,a\n")
TO = ("network@council.example", "security@council.example")


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"))


def settings(port: int, **more: object) -> Mail:
    values = {
        "host": "127.0.0.1",
        "port": port,
        "sender": "estate@council.example",
        "to": TO,
        "tls": "none",
        "timeout": 5.0,
    }
    return Mail.model_validate(values | more)


def test_what_arrives_is_what_was_sent(tmp_path: Path) -> None:
    with mail_server(Post()) as post:
        assert send(LETTER, settings(post.port), tmp_path) == ""
    [mail] = post.mails
    assert post.envelopes == [("estate@council.example", [*TO])]
    assert (mail["Subject"], mail["To"]) == ("estate: 2 notices", ", ".join(TO))
    assert mail["Message-ID"] == "<estate-run7@council.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == LETTER.text
    [table] = mail.iter_attachments()
    assert table.get_filename() == "notices.csv"
    assert table.get_content().replace("\r\n", "\n") == LETTER.table


@pytest.mark.parametrize("mode", ["starttls", "tls"])
def test_tls_is_checked(mode: str, files: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(files[0].read_bytes())
    (tmp_path / "password").write_text("geheim\n", encoding="utf-8")
    (tmp_path / "password").chmod(0o600)
    login = base64.b64encode(b"\0estate\0geheim").decode()
    with mail_server(Post(tls=server_tls(files), from_start=mode == "tls", login=login)) as post:
        known = settings(post.port, tls=mode, ca_file="ca.pem", user="estate", password="file:password")
        assert send(LETTER, known, tmp_path) == ""
        assert "AUTH" in post.commands
        with pytest.raises(DeliveryError, match=r"TLS failed: .*certificate verify failed.*; ca_file") as caught:
            send(LETTER, settings(post.port, tls=mode), tmp_path)
        assert not isinstance(caught.value, TransportError)
        (tmp_path / "password").write_text("falsch", encoding="utf-8")
        with pytest.raises(DeliveryError, match=r"the login of estate was refused: wrong \[31m password") as caught:
            send(LETTER, known, tmp_path)
        assert "falsch" not in str(caught.value)
        (tmp_path / "password").unlink()
        with pytest.raises(SecretError, match="file:password cannot be read"):
            send(LETTER, known, tmp_path)
    assert len(post.mails) == 1


def test_without_tls_nothing_is_sent_where_it_is_wanted(tmp_path: Path) -> None:
    with mail_server(Post()) as post, pytest.raises(DeliveryError, match="offers no STARTTLS, and nothing is sent"):
        insist(lambda: send(LETTER, settings(post.port, tls="starttls"), tmp_path))
    assert (post.connections, post.mails) == (1, [])
    assert set(post.commands) == {"EHLO"}


def test_a_certificate_of_another_name_is_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(files[0].read_bytes())
    with mail_server(Post(tls=server_tls(files))) as post:
        other = settings(post.port, tls="starttls", ca_file="ca.pem", host="localhost")
        with pytest.raises(DeliveryError, match="TLS failed"):
            send(LETTER, other, tmp_path)
    assert post.mails == []


@pytest.mark.parametrize("fault", ["busy", "drop"])
def test_what_passes_is_tried_again(fault: str, tmp_path: Path) -> None:
    with mail_server(Post(faults=[fault, fault])) as post:
        assert insist(lambda: send(LETTER, settings(post.port), tmp_path)) == ""
    assert (post.connections, len(post.mails)) == (3, 1)


def test_what_does_not_pass_ends(tmp_path: Path) -> None:
    with mail_server(Post(faults=["busy"] * 9)) as post, pytest.raises(TransportError, match="answered 421 too busy"):
        insist(lambda: send(LETTER, settings(post.port), tmp_path))
    assert post.connections == 3
    with pytest.raises(TransportError, match=r"127.0.0.1 port .* cannot be reached: .*refused"):
        send(LETTER, settings(free_port()), tmp_path)


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_server_that_never_comes_to_an_end_is_left(fault: str, tmp_path: Path) -> None:
    with mail_server(Post(faults=[fault])) as post, pytest.raises(TransportError, match=r"0\.3 seconds|timed out"):
        send(LETTER, settings(post.port, timeout=0.3), tmp_path)


def test_recipients_that_are_not_taken(tmp_path: Path) -> None:
    with mail_server(Post(refuse=frozenset({TO[0]}))) as post:
        assert send(LETTER, settings(post.port), tmp_path) == f"not taken: {TO[0]}: 550 nobody here"
        assert post.envelopes[0][1] == [TO[1]]
    with mail_server(Post(refuse=frozenset(TO))) as post, pytest.raises(DeliveryError, match="no recipient was taken"):
        insist(lambda: send(LETTER, settings(post.port), tmp_path))
    assert post.connections == 1


def test_nothing_becomes_a_header() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        compose(Letter("a\r\nBcc: all@council.example", "", "1", LETTER.at), settings(25))


def test_an_authority_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match=r"ca_file none\.pem cannot be used"):
        send(LETTER, settings(25, tls="tls", ca_file="none.pem"), tmp_path)
