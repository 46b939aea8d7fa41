"""Where something may be sent or asked, and how a secret is named: the rules that every setting of that kind shares.

Nothing leaves this machine in clear, no address holds a user or a password (files are copied), and no message repeats
what could be a secret typed in the wrong place.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator


def reference(value: str) -> str:
    """A reference to a secret (``env:NAME``, ``file:PATH``, ``keyring:SERVICE/NAME``), or blank."""
    # the value is not repeated: it may be the secret itself
    if value and not re.fullmatch(r"(env|file|keyring):[^\x00-\x1f]+", value):
        raise ValueError("is not a reference to a secret: write env:NAME, file:PATH or keyring:SERVICE/NAME")
    return value


def mail_address(value: str) -> str:
    """A mail address, or blank."""
    # an address becomes a header and an SMTP command: what could end either is refused
    word = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+"
    if value and not re.fullmatch(f"{word}@{word}", value, re.ASCII):
        raise ValueError(f"{value!r} is no mail address such as network@council.example")
    return value


def web_address(value: str) -> str:
    """An address that something may be sent to, a reference to one, or blank."""
    if not value or re.match(r"(env|file|keyring):", value):
        return reference(value)
    try:
        check_web_address(value)
    except ValueError as error:
        raise ValueError(str(error)) from None
    return value


def check_web_address(value: str) -> None:
    """Refuse a URL to which nothing may be sent: it must be https, or http to this very machine.

    Raises:
        ValueError: with the reason, without the URL: many a webhook's address is a secret.
    """
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("is no URL such as https://chat.council.example/hooks/estate") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a user or password: files are copied; sign with webhook.secret instead")
    if not host or port == 0 or not value.isprintable() or not value.isascii() or " " in value:
        raise ValueError("is no URL such as https://chat.council.example/hooks/estate")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ValueError("must begin with https:// (http:// only to this machine)")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: what is sent there crosses no network."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def secure_url(value: str) -> str:
    """An address that may be asked: https, or http on this machine itself; no user, query or fragment in it."""
    parts = urlsplit(value)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise ValueError("must begin with https://")
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise ValueError("must name a host, and neither a user nor a password")
    if parts.query or parts.fragment:
        raise ValueError("must hold neither ? nor #")
    return value


Reference = Annotated[str, AfterValidator(reference)]
Address = Annotated[str, AfterValidator(mail_address)]
WebAddress = Annotated[str, AfterValidator(web_address)]
Url = Annotated[str, AfterValidator(secure_url)]
