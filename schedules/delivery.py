"""What mail and webhook share: who is to be told, how an attempt ends, and when it is tried again.

A message that does not get through is a warning, and waits for the next night: whoever is told is told at least once,
and twice when the far end took a message and the answer was lost.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from typing import TYPE_CHECKING

import stamina

from config.errors import EstateError
from estate.shown import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from config.settings import Settings

MAIL, WEBHOOK = "mail", "webhook"
ATTEMPTS = 3
WAIT = 2.0  # seconds before the second attempt; then twice as long
MAX_SAID = 200  # characters of what the far end said that are repeated


class DeliveryError(EstateError):
    """A message did not get through; the message says why and never holds a secret."""


class TransportError(DeliveryError):
    """Nothing was refused: the far end could not be reached, or fell silent. It is tried again."""


def channels(settings: Settings) -> tuple[str, ...]:
    """By what notices are sent."""
    wanted = {MAIL: bool(settings.mail.to), WEBHOOK: bool(settings.webhook.url)}
    return tuple(channel for channel, on in wanted.items() if on)


def insist(send: Callable[[], str]) -> str:
    """Send, and try again a few times where the far end could not be reached; what it refuses it is not asked twice.

    Returns:
        what there is to say of a message that got through; blank where nothing.

    Raises:
        DeliveryError: when it did not get through.
    """
    for attempt in stamina.retry_context(on=TransportError, attempts=ATTEMPTS, timeout=None, wait_initial=WAIT):
        with attempt:
            return send()
    raise AssertionError("stamina returns or raises")


@contextlib.contextmanager
def deadline(seconds: float, connected: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Cut the connection after so many seconds: a socket's own timeout begins anew with each byte that trickles in.

    Raises:
        TransportError: in place of whatever the cut led to.
    """
    over = threading.Event()

    def cut() -> None:
        over.set()
        if (found := connected()) is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(found, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if over.is_set():
            raise TransportError(f"it took longer than {seconds:g} seconds") from error
        raise
    finally:
        timer.cancel()


def tls_context(ca_file: str, folder: Path) -> ssl.SSLContext:
    """TLS that checks certificate and name, against a file of the estate folder or what the system trusts.

    Raises:
        DeliveryError: when the file cannot be used.
    """
    if not ca_file:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=str(folder / ca_file))
    except (OSError, ssl.SSLError) as error:
        raise DeliveryError(f"ca_file {ca_file} cannot be used: {said(error)}") from error


def said(what: object) -> str:
    """What the far end or the system said, bounded and harmless."""
    text = what.decode("utf-8", "replace") if isinstance(what, bytes) else str(what)
    return " ".join(safe(text[: 4 * MAX_SAID]).split())[:MAX_SAID]
