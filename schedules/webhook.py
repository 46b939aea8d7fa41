"""A webhook: one JSON document by POST, signed where a key is set. The one module that speaks HTTP.

Only https, or http to this very machine. A redirect is not followed: what is sent goes where estate.toml says, or
nowhere. No proxy of the environment is used either.

A receiver that has the key checks ``X-Estate-Signature``: ``sha256=`` and the hexadecimal HMAC-SHA256 of the value of
``X-Estate-Timestamp`` (seconds since 1970), a full stop and the body.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from collectors.secrets import resolve
from config.addresses import check_web_address
from schedules.delivery import DeliveryError, TransportError, deadline, said, tls_context

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from config.sections.night import Webhook

SIGNATURE, TIMESTAMP = "X-Estate-Signature", "X-Estate-Timestamp"
MAX_ANSWER = 4096
DONE, REDIRECTED = range(200, 300), range(300, 400)


def send(document: Mapping[str, Any], settings: Webhook, folder: Path, now: dt.datetime) -> str:
    """Post a document once.

    Returns:
        blank: there is nothing to say of one that got through.

    Raises:
        DeliveryError: when it was refused; TransportError where nobody answered.
        SecretError: when the key or the address cannot be had.
    """
    url = _address(settings.url, folder)
    parts = urlsplit(url)
    # many a webhook's path is its password: messages name the host alone
    host = parts.hostname or ""
    body = json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    headers = {"Content-Type": "application/json", "User-Agent": "estate"}
    if settings.secret:
        headers |= signed(body, resolve(settings.secret, folder).reveal(), int(now.timestamp()))
    connection = (
        http.client.HTTPSConnection(
            host, parts.port, timeout=settings.timeout, context=tls_context(settings.ca_file, folder)
        )
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port, timeout=settings.timeout)
    )
    try:
        with deadline(settings.timeout, lambda: connection.sock):
            connection.request("POST", _path(url), body, headers)
            answer = connection.getresponse()
            text = answer.read(MAX_ANSWER)
    except DeliveryError as error:
        raise type(error)(f"{host}: {error}") from error
    except ssl.SSLError as error:
        raise DeliveryError(f"{host}: TLS failed: {said(error)}; ca_file names your own authority") from error
    except (OSError, UnicodeError, http.client.HTTPException) as error:
        raise TransportError(f"{host} cannot be reached: {said(error) or type(error).__name__}") from error
    finally:
        connection.close()
    if answer.status in REDIRECTED:
        raise DeliveryError(f"{host} answered {answer.status}, a redirect, which is not followed: correct webhook.url")
    if answer.status not in DONE:
        raise DeliveryError(f"{host} answered {answer.status} {said(answer.reason)} {said(text)}".rstrip())
    return ""


def signed(body: bytes, key: str, timestamp: int) -> dict[str, str]:
    """The headers that let a receiver check who sent a body, and when."""
    digest = hmac.new(key.encode("utf-8"), f"{timestamp}.".encode("ascii") + body, hashlib.sha256).hexdigest()
    return {TIMESTAMP: str(timestamp), SIGNATURE: f"sha256={digest}"}


def _address(url: str, folder: Path) -> str:
    """The URL itself, checked as the settings check one that stands there in clear."""
    if url.startswith(("https://", "http://")):
        return url
    found = resolve(url, folder).reveal()
    try:
        check_web_address(found)
    except ValueError as error:
        raise DeliveryError(f"what {url} holds {error}") from None
    return found


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
