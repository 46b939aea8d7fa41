"""The one way to a source on the network: https, bounded in size and time, slow enough to be welcome.

Certificates are always checked, against what the machine trusts (``SSL_CERT_FILE`` names another store); a proxy is
taken from the environment (``HTTPS_PROXY``, ``NO_PROXY``). Only a failing transport is tried again, never an answer.
"""

from __future__ import annotations

import json
import ssl
import time
import urllib.request
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

import stamina
import urllib3

from config.addresses import is_loopback, secure_url
from config.errors import EstateError

if TYPE_CHECKING:
    from config.sections.lifecycle import Lifecycle

ATTEMPTS = 3
REDIRECTS = 3
CHUNK = 65_536
# An answer may take this many times the time that a source has to say anything at all.
WHOLE = 10
MOVED = frozenset({301, 302, 303, 307, 308})
MAX_SHOWN = 200


class SourceError(EstateError):
    """A source cannot be asked, or what it answers cannot be understood."""


class StoppedError(SourceError):
    """The source has had enough of us, or never let us in; what it has answered so far is good."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source answered: the status of HTTP, its headers (names in small letters), and all of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def host(self) -> str:
        """Who answered, for messages."""
        return urlsplit(self.url).netloc

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            SourceError: when it is something else.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            begin = shown(self.body[:MAX_SHOWN].decode("utf-8", "replace"))
            raise SourceError(
                f"{self.host} answered something that is not JSON (HTTP {self.status}): {begin}"
            ) from None


def shown(value: object) -> str:
    """What a source said, short enough for a message."""
    text = " ".join(str(value).split())
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


class Web:
    """A client for one source.

    Args:
        settings: timeout, rate and bounds.
        redirect_hosts: hosts beside the one asked that a redirection may lead to.
        sleep: how to wait; tests hand in something quicker.
    """

    def __init__(
        self, settings: Lifecycle, redirect_hosts: Collection[str] = (), sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._settings = settings
        self._hosts = frozenset(host.casefold() for host in redirect_hosts)
        self._next = 0.0
        self.sleep = sleep
        timeout = urllib3.Timeout(connect=settings.timeout, read=settings.timeout)
        self._options: dict[str, Any] = {"timeout": timeout, "ssl_context": ssl.create_default_context()}
        self._direct = urllib3.PoolManager(**self._options)

    def get(self, url: str, headers: Mapping[str, str] | None = None, *, follow: bool = False) -> Answer:
        """What stands at an address; ``follow`` goes where a redirection leads, within the hosts allowed.

        Raises:
            SourceError: when the transport fails, the answer is too long, or a redirection leads elsewhere.
        """
        answer = self._asked("GET", url, headers or {}, None)
        first = urlsplit(url)
        for _ in range(REDIRECTS):
            if not follow or answer.status not in MOVED:
                return answer
            try:
                target = urljoin(answer.url, answer.headers.get("location", ""))
                host = urlsplit(target)
            except ValueError:
                raise SourceError(f"{first.netloc} sends us to an address that is none") from None
            if host.netloc.casefold() != first.netloc.casefold() and (host.hostname or "") not in self._hosts:
                raise SourceError(
                    f"{first.netloc} sends us to {shown(host.netloc)}: name that host in redirect_hosts of estate.toml "
                    "if it is right"
                )
            answer = self._asked("GET", target, headers or {}, None)
        if follow and answer.status in MOVED:
            raise SourceError(f"{first.netloc} sends us on and on ({shown(url)})")
        return answer

    def post(self, url: str, form: Mapping[str, str]) -> Answer:
        """What is answered to a form.

        Raises:
            SourceError: when the transport fails or the answer is too long.
        """
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._asked("POST", url, headers, urlencode(form).encode("ascii"))

    def _asked(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        parts = urlsplit(url)
        try:
            secure_url(parts._replace(query="").geturl())
        except ValueError as error:
            raise SourceError(f"{shown(url)} is not asked: it {error}") from None
        sent = {"User-Agent": user_agent(), "Accept": "application/json", **headers}
        try:
            for attempt in stamina.retry_context(on=_passing, attempts=ATTEMPTS, timeout=None, wait_initial=0.5):
                with attempt:
                    self._wait()
                    return self._once(method, url, sent, body)
        except urllib3.exceptions.HTTPError as error:
            raise SourceError(_reason(error, parts.netloc)) from error
        raise AssertionError("stamina returns or raises")

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        pool = self._pool(urlsplit(url).hostname or "", urlsplit(url).scheme)
        response = pool.request(
            method, url, headers=headers, body=body, retries=False, redirect=False, preload_content=False
        )
        try:
            data = self._read(response, url)
        finally:
            # never back into the pool: a rest that was not read would be the beginning of the next answer
            response.close()
        names = {name.casefold(): value for name, value in response.headers.items()}
        return Answer(response.status, names, data, url)

    def _read(self, response: urllib3.BaseHTTPResponse, url: str) -> bytes:
        until = time.monotonic() + WHOLE * self._settings.timeout
        data = bytearray()
        while chunk := response.read1(CHUNK, decode_content=False):
            data += chunk
            if len(data) > self._settings.max_response_bytes:
                raise SourceError(
                    f"{urlsplit(url).netloc} answered more than {self._settings.max_response_bytes} bytes"
                )
            if time.monotonic() > until:
                raise SourceError(f"{urlsplit(url).netloc} took too long to answer in full")
        return bytes(data)

    def _pool(self, host: str, scheme: str) -> urllib3.PoolManager:
        proxy = urllib.request.getproxies().get(scheme)
        if not proxy or is_loopback(host) or urllib.request.proxy_bypass(host):
            return self._direct
        return urllib3.ProxyManager(proxy, **self._options)

    def _wait(self) -> None:
        """Hold the rate: no two questions nearer to each other than it allows."""
        now = time.monotonic()
        if now < self._next:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + 1 / self._settings.rate


def user_agent() -> str:
    """How we introduce ourselves."""
    try:
        return f"estate-evergreen/{version('estate-evergreen')}"
    except PackageNotFoundError:
        return "estate-evergreen"


def _passing(error: Exception) -> bool:
    """Whether the same question may have better luck: not where a certificate is refused."""
    return isinstance(error, urllib3.exceptions.HTTPError) and not isinstance(error, urllib3.exceptions.SSLError)


def _reason(error: urllib3.exceptions.HTTPError, host: str) -> str:
    if isinstance(error, urllib3.exceptions.SSLError):
        return (
            f"{host} shows a certificate that this machine does not trust ({shown(error)}): if a proxy of yours opens "
            "the traffic, name its certificates in SSL_CERT_FILE"
        )
    # urllib3 counts a refused connection among the timeouts
    late = isinstance(error, urllib3.exceptions.TimeoutError)
    if late and not isinstance(error, urllib3.exceptions.NewConnectionError):
        return f"{host} did not answer in time"
    return f"{host} cannot be reached: {shown(str(error).rpartition(': ')[2])}"
