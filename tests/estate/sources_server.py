"""HTTP servers on loopback that behave as the sources document themselves, with their faults."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote


@dataclass
class Request:
    """What a client sent; ``path`` is as it came over the wire."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Reply:
    """What the server answers; ``cut`` bytes of the body are promised and never sent."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0


def as_json(data: object, status: int = 200, **headers: str) -> Reply:
    return Reply(status, json.dumps(data).encode(), {"Content-Type": "application/json", **headers})


@contextmanager
def serving(answer: Callable[[Request], Reply]) -> Iterator[str]:
    """A server that answers so, and its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.casefold(): value for name, value in self.headers.items()}
            reply = answer(Request(self.command, self.path, headers, self.rfile.read(length)))
            self.send_response(reply.status, "as wanted")
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) + reply.cut))
            if reply.cut:
                self.send_header("Connection", "close")
                self.close_connection = True
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = _answer  # noqa: N815 - the names that http.server looks for

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class calls it
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def date_field(value: str | None) -> dict[str, str | None]:
    return {"value": value, "dateFormat": "YYYY-MM-DD" if value and value.strip() else None}


def eox_record(part: str, **given: Any) -> dict[str, Any]:
    """A record as published ones are: blank dates in two spellings, the echo with a blank behind it."""
    dates = {
        "EOXExternalAnnouncementDate": "2021-11-01", "EndOfSaleDate": "2022-10-31",
        "EndOfSWMaintenanceReleases": "2023-10-31", "EndOfSecurityVulSupportDate": "2027-10-31",
        "EndOfRoutineFailureAnalysisDate": " ", "EndOfServiceContractRenewal": "",
        "LastDateOfSupport": "2027-10-31", "EndOfSvcAttachDate": None, "UpdatedTimeStamp": "2024-05-01",
    }  # fmt: skip
    moving = {
        "PIDActiveFlag": "Y  ", "MigrationInformation": "", "MigrationOption": "Enter PID(s)",
        "MigrationProductId": "C9200L-24P-4G", "MigrationProductName": "", "MigrationStrategy": "",
        "MigrationProductInfoURL": "",
    }  # fmt: skip
    record: dict[str, Any] = {
        "EOLProductID": part,
        "ProductIDDescription": "A switch",
        "ProductBulletinNumber": "EOL14000",
        "LinkToProductBulletinURL": "https://www.cisco.com/a.html ; https://www.cisco.com/b.html",
        "EOXMigrationDetails": moving,
        "EOXInputType": "ShowEOXByPids",
        "EOXInputValue": f"{part} ",
    }
    record |= {name: date_field(value) for name, value in dates.items()}
    for name, value in given.items():
        record[name] = date_field(value) if name in dates else value
    return record


def eox_error(number: str, parts: str) -> dict[str, Any]:
    blank = {name: "" if not isinstance(value, dict) else date_field("") for name, value in eox_record("").items()}
    text = f"EOX information does not exist for the following product ID(s): {parts}"
    error = {"ErrorID": number, "ErrorDescription": text, "ErrorDataType": "PRODUCT_ID", "ErrorDataValue": parts}
    return blank | {"EOXInputValue": f"{parts} ", "EOXError": error}


@dataclass
class Cisco:
    """Cisco's token server and EoX API v5.

    ``known`` are records by part number; what is not known gets SSA_ERR_026. ``faults`` are replies that come first,
    one a question. ``page`` records go on a page.
    """

    known: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: list[Reply] = field(default_factory=list)
    expires_in: Any = 3599
    page: int = 1000
    calls_left: int = 10_000
    asked: list[list[str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    tokens: int = 0
    agents: set[str] = field(default_factory=set)

    BASE: ClassVar[str] = "/supporttools/eox/rest/5"

    def __call__(self, request: Request) -> Reply:
        """Answer one request."""
        self.agents.add(request.headers.get("user-agent", ""))
        if request.path == "/token":
            return self._token(request)
        if request.headers.get("authorization") != f"Bearer token-{self.tokens}":
            return Reply(401, b"<h1>Not Authorized</h1>")
        if self.faults:
            return self.faults.pop(0)
        if self.calls_left <= 0:
            headers = {"X-Mashery-Error-Code": "ERR_403_DEVELOPER_OVER_RATE"}
            return Reply(403, b"<h1>Developer Over Rate</h1>", headers)
        self.calls_left -= 1
        return self._records(request.path)

    def _token(self, request: Request) -> Reply:
        form = parse_qs(request.body.decode())
        if form != {"grant_type": ["client_credentials"], "client_id": ["the-id"], "client_secret": ["the-secret"]}:
            return as_json({"error": "invalid_client"}, 401)
        self.tokens += 1
        answer = {"token_type": "Bearer", "access_token": f"token-{self.tokens}", "scope": "customscope"}
        return as_json(answer if self.expires_in is None else answer | {"expires_in": self.expires_in})

    def _records(self, path: str) -> Reply:
        self.paths.append(path)
        plain, _, query = path.partition("?")
        assert query == "responseencoding=json"
        number, listed = plain.removeprefix(f"{self.BASE}/EOXByProductID/").split("/")
        parts = [unquote(part) for part in listed.split(",")]
        if " " in unquote(listed):
            return Reply(596, b"<h1>596 Service Not Found</h1>")
        if len(parts) > 20 or len(listed) > 250:
            return Reply(400, b"<h1>Bad Request</h1>")
        if number == "1":
            self.asked.append(parts)
        records = [one for part in parts for one in self.known.get(part, [eox_error("SSA_ERR_026", part)])]
        first, last = (int(number) - 1) * self.page, -(-len(records) // self.page)
        paging = {"PageIndex": int(number), "LastIndex": last, "TotalRecords": len(records), "PageRecords": self.page}
        return as_json({"PaginationResponseRecord": paging, "EOXRecord": records[first : first + self.page]})


def eol_release(name: str, **given: Any) -> dict[str, Any]:
    """A release as endoflife.date shows one of a product with two phases."""
    release: dict[str, Any] = {
        "name": name, "codename": None, "label": name, "releaseDate": "2022-03-31", "isLts": False, "ltsFrom": None,
        "isEoas": True, "eoasFrom": "2025-03-31", "isEol": True, "eolFrom": "2026-09-30", "isMaintained": False,
        "latest": {"name": f"{name}.14", "date": "2026-01-01", "link": None}, "custom": None,
    }  # fmt: skip
    return release | given


def eol_answer(name: str, labels: Mapping[str, str | None], *releases: Mapping[str, Any]) -> Any:
    labels = {"eoas": None, "discontinued": None, "eol": None, "eoes": None} | dict(labels)
    result = {"name": name, "label": name, "category": "os", "labels": labels, "releases": list(releases)}
    stamps = {"generated_at": "2026-11-28T00:00:00Z", "last_modified": "2026-11-01T00:00:00Z"}
    return {"schema_version": "1.2.1", **stamps, "result": result}


FORTIOS = {"eoas": "End of Engineering Support", "eol": "End of Support"}


@dataclass
class EndOfLife:
    """endoflife.date API v1: answers carry an ETag; what is not there is a page of HTML; ``moved`` are redirections."""

    products: dict[str, Any] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    faults: list[Reply] = field(default_factory=list)
    asked: list[tuple[str, int]] = field(default_factory=list)

    BASE: ClassVar[str] = "/api/v1/"

    def __call__(self, request: Request) -> Reply:
        """Answer one request."""
        name = request.path.removeprefix(f"{self.BASE}products/")
        reply = self._reply(name, request.headers.get("if-none-match", ""))
        self.asked.append((name, reply.status))
        return reply

    def _reply(self, name: str, mark: str) -> Reply:
        if self.faults:
            return self.faults.pop(0)
        if name in self.moved:
            return Reply(301, b"", {"Location": self.moved[name]})
        if name not in self.products:
            return Reply(404, b"<!DOCTYPE html><h1>Not found</h1>", {"Content-Type": "text/html"})
        etag = f'W/"{abs(hash(json.dumps(self.products[name])))}"'
        if mark == etag:
            return Reply(304, b"", {"ETag": etag})
        return as_json(self.products[name], ETag=etag)
