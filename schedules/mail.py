"""Mail over SMTP: plain text with the notices as a table beside it. The one module that speaks SMTP.

TLS is checked and never given up: where it is wanted and not offered, nothing is sent. The subject holds counts alone,
and the address lines what estate.toml says, so that nothing that a device says can become a header.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING

from collectors.secrets import resolve
from schedules.delivery import DeliveryError, TransportError, deadline, said, tls_context

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from config.sections.night import Mail

READY, TEMPORARY = 220, range(400, 500)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says. ``number`` makes its Message-ID, the same for every attempt, so that a copy is known as one."""

    subject: str
    text: str
    number: str
    at: dt.datetime
    table: str = ""  # CSV; blank for none


def compose(letter: Letter, settings: Mail) -> EmailMessage:
    """The message as it is sent."""
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.sender
    message["To"] = ", ".join(settings.to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = f"<{letter.number}@{settings.sender.rpartition('@')[2]}>"
    # what answers by itself (out of office) leaves this alone: RFC 3834
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    if letter.table:
        message.add_attachment(letter.table, subtype="csv", filename="notices.csv")
    return message


def send(letter: Letter, settings: Mail, folder: Path) -> str:
    """Send a mail once.

    Returns:
        blank, or which of several recipients the server did not take.

    Raises:
        DeliveryError: when no recipient was taken; TransportError where the server could not be reached.
        SecretError: when the password cannot be had.
    """
    message = compose(letter, settings)
    password = resolve(settings.password, folder) if settings.password else None
    context = None if settings.tls == "none" else tls_context(settings.ca_file, folder)
    where = f"{settings.host} port {settings.port}"
    server = _client(settings, context)
    try:
        with deadline(settings.timeout, lambda: getattr(server, "sock", None)):
            _connect(server, settings)
            if settings.tls == "starttls":
                _start_tls(server, settings, context)
            if password is not None:
                server.login(settings.user, password.reveal())
            refused = server.send_message(message, settings.sender, settings.to)
    except DeliveryError as error:
        raise type(error)(f"{where}: {error}") from error
    except smtplib.SMTPAuthenticationError as error:
        raise DeliveryError(f"{where}: the login of {settings.user} was refused: {said(error.smtp_error)}") from None
    except smtplib.SMTPRecipientsRefused as error:
        raise DeliveryError(f"{where}: no recipient was taken: {_refused(error.recipients)}") from error
    except smtplib.SMTPResponseException as error:
        kind = TransportError if error.smtp_code in TEMPORARY or error.smtp_code < 0 else DeliveryError
        raise kind(f"{where} answered {error.smtp_code} {said(error.smtp_error)}") from error
    except ssl.SSLError as error:
        raise DeliveryError(f"{where}: TLS failed: {said(error)}; ca_file names your own authority") from error
    except smtplib.SMTPNotSupportedError as error:
        raise DeliveryError(f"{where}: {said(error)}") from error
    except (OSError, UnicodeError, smtplib.SMTPException) as error:
        raise TransportError(f"{where} cannot be reached: {said(error) or type(error).__name__}") from error
    finally:
        server.close()
    return f"not taken: {_refused(refused)}" if refused else ""


def _client(settings: Mail, context: ssl.SSLContext | None) -> smtplib.SMTP:
    """A client that is not connected yet, so that the deadline covers the connection too."""
    if settings.tls == "tls":
        return smtplib.SMTP_SSL(timeout=settings.timeout, context=context)
    return smtplib.SMTP(timeout=settings.timeout)


def _connect(server: smtplib.SMTP, settings: Mail) -> None:
    # the name that a certificate is checked for: the constructor would set it, connect() does not
    vars(server)["_host"] = settings.host
    code, text = server.connect(settings.host, settings.port)
    if code != READY:
        raise smtplib.SMTPConnectError(code, text)
    server.ehlo_or_helo_if_needed()


def _start_tls(server: smtplib.SMTP, settings: Mail, context: ssl.SSLContext | None) -> None:
    if not server.has_extn("starttls"):
        raise DeliveryError(
            f"{settings.host} offers no STARTTLS, and nothing is sent in clear; for a relay on this machine set "
            'mail.tls = "none"'
        )
    server.starttls(context=context)
    server.ehlo()


def _refused(recipients: dict[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{said(name)}: {code} {said(text)}" for name, (code, text) in recipients.items())
