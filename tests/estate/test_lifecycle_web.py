"""The way to a source: certificates are checked, answers are bounded, and nothing is asked in the clear."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import stamina
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from config.sections.lifecycle import Lifecycle
from estate.lifecycle.sources.web import SourceError, Web
from tests.estate.sources_server import Reply, serving

SETTINGS = Lifecycle(rate=1000, timeout=5, max_response_bytes=10_000)


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


class Slow(BaseHTTPRequestHandler):
    """A server that answers byte by byte, for ever."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b" ")
                time.sleep(0.02)
        except OSError:
            pass

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class calls it
        """Stay silent."""


class Quick(Slow):
    """A server that answers at once."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key behind it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + private)
    return path


def started(handler: type[Slow], certificate: Path | None = None) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # a refused handshake is what is wanted
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = started(Quick, certificate)
    url = f"https://127.0.0.1:{server.server_address[1]}/"
    try:
        with pytest.raises(SourceError, match=r"does not trust.*SSL_CERT_FILE"):
            Web(SETTINGS).get(url)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert Web(SETTINGS).get(url).json() == {}
    finally:
        server.shutdown()
        server.server_close()


def test_an_answer_that_never_ends_is_cut_off() -> None:
    server = started(Slow)
    try:
        with pytest.raises(SourceError, match="too long to answer"):
            Web(Lifecycle(rate=1000, timeout=0.05)).get(f"http://127.0.0.1:{server.server_address[1]}/")
    finally:
        server.shutdown()
        server.server_close()


def test_an_answer_that_is_too_large_is_refused() -> None:
    with serving(lambda _: Reply(200, b" " * 10_001)) as address, pytest.raises(SourceError, match="10000 bytes"):
        Web(SETTINGS).get(address)


@pytest.mark.parametrize("url", ["http://example.test/", "ftp://127.0.0.1/", "https://me:word@example.test/", "x"])
def test_nothing_is_asked_in_the_clear(url: str) -> None:
    with pytest.raises(SourceError, match="is not asked"):
        Web(SETTINGS).get(url)


def test_questions_keep_their_distance() -> None:
    waited: list[float] = []
    with serving(lambda _: Reply()) as address:
        web = Web(Lifecycle(rate=0.5, timeout=5), sleep=waited.append)
        for _ in range(3):
            web.get(address)
    assert len(waited) == 2
    assert all(0 < seconds <= 4 for seconds in waited)


def test_a_proxy_is_taken_from_the_environment_and_never_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: Reply(200, b"{}")) as address:  # which knows no CONNECT
        monkeypatch.setenv("https_proxy", address)
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(SourceError, match=r"source\.test cannot be reached: .*501"):
            Web(SETTINGS).get("https://source.test/")
        assert Web(SETTINGS).get(address).json() == {}
