"""Who is told, on loopback: an SMTP and an HTTP server that take what they are sent, or fail as they are told to."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "loopback.pem", folder / "loopback.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


def server_tls(files: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context


@dataclass
class Post:
    """A mail server: what it took, and how it behaves.

    ``faults`` are used up one a connection: ``busy`` (421), ``drop`` (hangs up), ``hang`` (says nothing), ``drip``
    (sends a byte now and then). ``refuse`` are recipients it does not take.
    """

    tls: ssl.SSLContext | None = None
    from_start: bool = False
    login: str = ""
    refuse: frozenset[str] = frozenset()
    faults: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    closing: threading.Event = field(default_factory=threading.Event)


class _Smtp(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        post = cast("Any", self.server).post
        assert isinstance(post, Post)
        post.connections += 1
        fault = post.faults.pop(0) if post.faults else ""
        if fault == "hang":
            post.closing.wait(20)
        elif fault == "drip":
            while not post.closing.wait(0.05):
                self.wfile.write(b"2")
                self.wfile.flush()
        if fault in {"hang", "drip", "drop"}:
            return
        if post.from_start and post.tls:
            self._secure(post.tls)
        self._say("421 too busy" if fault == "busy" else "220 loopback")
        if fault != "busy":
            self._talk(post)

    def _secure(self, tls: ssl.SSLContext) -> None:
        self.connection = tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = cast("Any", self.connection.makefile("wb", 0))

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _talk(self, post: Post) -> None:  # noqa: C901, PLR0912 - a branch for each command of the protocol
        sender, taken = "", list[str]()
        secure = post.from_start
        while line := self.rfile.readline():
            text = line.decode().strip()
            word = text.split(" ", 1)[0].upper()
            post.commands.append(word)
            if word == "EHLO":
                offers = ["loopback"] + (["STARTTLS"] if post.tls and not secure else [])
                offers += ["AUTH PLAIN"] if post.login else []
                for place, offer in enumerate(offers):
                    self._say(f"250{' ' if place == len(offers) - 1 else '-'}{offer}")
            elif word == "STARTTLS" and post.tls:
                self._say("220 go on")
                self._secure(post.tls)
                secure = True
            elif word == "AUTH":
                self._say("235 welcome" if text.split()[-1] == post.login else "535 wrong\x1b[31m password")
            elif word == "MAIL":
                sender, taken = text.split("<")[1].split(">")[0], []
                self._say("250 ok")
            elif word == "RCPT":
                name = text.split("<")[1].split(">")[0]
                if name in post.refuse:
                    self._say("550 nobody here")
                else:
                    taken.append(name)
                    self._say("250 ok")
            elif word == "DATA":
                self._say("354 go on")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part.removeprefix(b".") if part.startswith(b"..") else part)
                post.envelopes.append((sender, taken))
                post.mails.append(message_from_bytes(b"".join(lines), policy=default))
                self._say("250 taken")
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")


@dataclass
class Hook:
    """A receiver of webhooks: what it took, and the answers it gives, one a request; 204 when they are used up.

    An answer is a status, ``drop`` or ``hang``.
    """

    answers: list[int | str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    port: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def documents(self) -> list[dict[str, Any]]:
        """What it took, read."""
        return [json.loads(body) for body in self.bodies]


class _Http(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Take a document, or fail."""
        hook = cast("Any", self.server).hook
        assert isinstance(hook, Hook)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        hook.paths.append(self.path)
        answer = hook.answers.pop(0) if hook.answers else 204
        if answer == "hang":
            hook.closing.wait(20)
        if isinstance(answer, str):
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(answer, "as \x1b[2J told" if answer >= 400 else None)
        if 300 <= answer < 400:
            self.send_header("Location", f"http://127.0.0.1:{hook.port}/elsewhere")
        self.send_header("Content-Length", "0")
        if 200 <= answer < 300:
            hook.bodies.append(body)
            hook.headers.append(dict(self.headers))
        self.end_headers()

    do_GET = do_POST  # noqa: N815 - a redirect that is followed would come as GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Threads(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Connections that are cut are what the tests are about."""


class _Web(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """As above."""


@contextmanager
def mail_server(post: Post) -> Iterator[Post]:
    """A mail server on a free port."""
    server = _Threads(("127.0.0.1", 0), _Smtp)
    cast("Any", server).post = post
    with _serving(server, post.closing):
        post.port = server.server_address[1]
        yield post


@contextmanager
def hook_server(hook: Hook, tls: ssl.SSLContext | None = None) -> Iterator[Hook]:
    """A receiver of webhooks on a free port."""
    server = _Web(("127.0.0.1", 0), _Http)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    cast("Any", server).hook = hook
    with _serving(server, hook.closing):
        hook.port = server.server_address[1]
        yield hook


@contextmanager
def _serving(server: socketserver.TCPServer, closing: threading.Event) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
