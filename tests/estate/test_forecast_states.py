"""A version goes draft -> submitted -> signed -> superseded; what was signed can be had again, and never changes."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.exc import DBAPIError

import config
from config.errors import EstateError
from config.folder import Folder
from config.settings import load
from estate.cli import estate
from estate.forecast import content, store
from estate.forecast.service import run_forecast
from estate.forecast.signature import Event
from estate.forecast.states import signed_report, submit_version, verify_version
from estate.forecast.store import states
from estate.forecast.verify import DIFFERS, HOLDS
from estate.forecast.version import CostedUnit, FeedRow, FundingRow, Unquantified
from estate.reports.signing import sign_version
from estate.store import guards
from estate.store.database import Database, open_database
from estate.store.forecast import Blob, ForecastEvent, ForecastOutput, ForecastRow, ForecastUnit, ForecastVersion
from estate.store.ledger import Run

STARTER = Path(config.__file__).parent / "starter"
SERVER = os.environ.get("ESTATE_TEST_POSTGRESQL", "postgresql+psycopg://root@127.0.0.1/test")
NOW = dt.datetime(2027, 1, 14, 10, tzinfo=dt.UTC)
ASSETS = """\
serial,vendor,part_number,kind,role,site,installed_on,contract_end
FOC1,Cisco,C9500-48Y4C,switch,core,civic,2021-05-01,2027-07-31
FOC2,Cisco,C9300-48P,switch,access,civic,2019-03-01,2028-09-30
"""
UNPRICED = "X1,Acme,Z9,console-server,,civic,2019-03-01,2028-09-30\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in STARTER.glob("*.csv"):
        shutil.copy(path, tmp_path)
    (tmp_path / "assets.csv").write_text(ASSETS, encoding="utf-8")
    (tmp_path / "estate.toml").write_text('entity = "Anyborough"\n', encoding="utf-8")
    return tmp_path


@pytest.fixture
def server() -> Iterator[str]:
    """A database of its own on a PostgreSQL server, dropped afterwards."""
    admin = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    name = f"estate_states_{os.getpid()}"
    try:
        with admin.connect() as connection:
            connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    except sa.exc.DBAPIError as error:
        pytest.skip(f"no PostgreSQL database can be made at {SERVER} (set ESTATE_TEST_POSTGRESQL): {error.orig}")
    try:
        yield sa.make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(folder: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    url = f"sqlite:///{folder / 'estate.db'}" if request.param == "sqlite" else request.getfixturevalue("server")
    opened = open_database(url)
    yield opened
    opened.close()


def call(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(estate, ["--config", str(folder), *arguments])


def draft(database: Database, folder: Path, day: str = "2026-11-22", run_id: int | None = None) -> int:
    as_of = dt.date.fromisoformat(day)
    return run_forecast(database, Folder(folder), load(folder), as_of=as_of, base_fy="2026/27", run_id=run_id).id


def signed(database: Database, folder: Path, version_id: int, **more: Any) -> int | None:
    given: dict[str, Any] = {"by": "A. Officer", "reference": "minute 41", **more}
    return sign_version(database, folder, load(folder), version_id, NOW, **given).supersedes


def submitted(database: Database, folder: Path, day: str = "2026-11-22") -> int:
    version_id = draft(database, folder, day)
    submit_version(database, version_id, NOW)
    return version_id


def tree(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def test_a_signed_version_is_written_again_byte_for_byte(folder: Path, tmp_path: Path) -> None:
    assert call(folder, "forecast", "run", "--as-of", "2026-11-22").exit_code == 0
    refused = call(folder, "forecast", "sign", "1", "--by", "A. Officer", "--reference", "minute 41")
    assert "submit it first" in str(refused.exception)
    assert call(folder, "forecast", "submit", "1").exit_code == 0
    assert "is submitted already" in str(call(folder, "forecast", "submit", "1").exception)
    result = call(folder, "forecast", "sign", "1", "--by", "A. Officer", "--reference", "minute 41", "-o", "csv")
    assert result.exit_code == 0, result.exception
    said = {line.split(",")[1]: line.split(",")[2] for line in result.stdout.splitlines()[1:]}
    # the files of people change, and so does the estate: what was signed does not
    (folder / "prices.csv").write_text("vendor,policy\n")
    (folder / "assets.csv").write_text("serial\nNEW\n")
    for name in ("one", "two"):
        assert call(folder, "report", str(tmp_path / name), "--version", "1").exit_code == 0
    files = tree(tmp_path / "one")
    assert files == tree(tmp_path / "two")
    assert {name: hashlib.sha256(data).hexdigest() for name, data in files.items()} == said
    assert b",signed,2026-11-22," in files["feed/fact_forecast.csv"]
    assert "by A. Officer (minute 41)" in files["estate.html"].decode()
    assert call(folder, "forecast", "verify", "1").exit_code == 0
    assert "by A. Officer (minute 41), content " in call(folder, "forecast", "show", "1").stderr
    listed = call(folder, "forecast", "list", "-o", "csv", "-f", "id,state").stdout.splitlines()
    assert listed == ["id,state", "1,signed"]


def test_everything_of_a_version_is_in_its_hash() -> None:
    for kind, fields in (
        (FeedRow, content.ROW),
        (FundingRow, content.FUNDING),
        (Unquantified, content.EXCEPTION),
        (CostedUnit, content.UNIT),
    ):
        assert set(fields) == set(kind.__dataclass_fields__)


def test_the_same_inputs_have_the_same_hash_and_another_penny_another(folder: Path) -> None:
    database = open_database(f"sqlite:///{folder / 'estate.db'}")
    hashes = []
    for _ in range(3):
        version_id = draft(database, folder)
        with database.reading() as session:
            hashes.append(content.content_hash(store.load(session, version_id)))
        if len(hashes) == 2:
            prices = (folder / "prices.csv").read_text()
            (folder / "prices.csv").write_text(prices.replace("38250", "38250.01"))
    assert hashes[0] == hashes[1] != hashes[2]


CHANGES = {
    "a penny": sa.update(ForecastRow).values(amount_pence=ForecastRow.amount_pence + 1),
    "a chain": sa.update(ForecastUnit).values(reason="other"),
    "the header": sa.update(ForecastVersion).values(header={}),
    "the date": sa.update(ForecastVersion).values(as_of=dt.date(2000, 1, 1)),
    "back to draft": sa.update(ForecastVersion).values(state="draft"),
    "who signed": sa.update(ForecastEvent).values(by="nobody"),
    "a file": sa.update(ForecastOutput).values(file="other"),
    "content": sa.update(Blob).values(data=b""),
    "no rows": sa.delete(ForecastRow),
    "no units": sa.delete(ForecastUnit),
    "no events": sa.delete(ForecastEvent),
    "no files": sa.delete(ForecastOutput),
    "no version": sa.delete(ForecastVersion),
    "no content": sa.delete(Blob),
}


def test_nothing_of_a_signed_version_can_be_changed(database: Database, folder: Path) -> None:
    version_id = submitted(database, folder)
    signed(database, folder, version_id)
    with database.reading() as session:
        before, files = store.load(session, version_id), states.outputs(session, version_id)
        row = {name: getattr(before.rows[0], name) for name in content.ROW}
    for what, change in CHANGES.items():
        with pytest.raises(DBAPIError), database.writing() as session:
            session.execute(change)
        assert what
    with pytest.raises(DBAPIError), database.writing() as session:
        session.execute(sa.insert(ForecastRow).values(**row | {"fy": "2026/27"}, version_id=version_id))
    with pytest.raises(DBAPIError), database.writing() as session:
        session.add(ForecastOutput(version_id=version_id, place=99, file="x", sha256=before.inputs["assets.csv"]))
    with database.reading() as session:
        assert (store.load(session, version_id), states.outputs(session, version_id)) == (before, files)
    assert all(check.result == HOLDS for check in verify_version(database, version_id)[1])


def test_even_a_draft_is_not_updated_and_can_be_dropped_whole(database: Database, folder: Path) -> None:
    version_id = draft(database, folder)
    with pytest.raises(DBAPIError), database.writing() as session:
        session.execute(sa.update(ForecastRow).values(qty=9))
    with database.writing() as session:
        session.execute(sa.delete(ForecastVersion).where(ForecastVersion.id == version_id))
        assert session.scalar(sa.select(sa.func.count()).select_from(ForecastRow)) == 0


def test_every_guard_is_up_after_all_migrations(folder: Path) -> None:
    database = open_database(f"sqlite:///{folder / 'estate.db'}")
    with database.reading() as session:
        there = set(session.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")))
    assert set(guards.names()) <= there


def test_a_later_signature_of_the_same_first_year_supersedes(database: Database, folder: Path) -> None:
    first, second = submitted(database, folder), submitted(database, folder, "2026-12-22")
    assert signed(database, folder, first) is None
    files = signed_report(database, first)
    assert signed(database, folder, second) == first
    with database.reading() as session:
        assert {item.id: item.state for item in store.versions(session)} == {first: "superseded", second: "signed"}
        assert [event.state for event in states.events(session, first)] == ["submitted", "signed", "superseded"]
        assert states.events(session, second)[-1].refers_to == first
    assert signed_report(database, first) == files
    for version_id in (first, second):
        assert all(check.result == HOLDS for check in verify_version(database, version_id)[1])
    with pytest.raises(EstateError, match="superseded already"):
        signed(database, folder, first)


def test_two_who_sign_at_once(database: Database, folder: Path) -> None:
    one = submitted(database, folder)
    answers: list[object] = []

    def try_it(name: str) -> None:
        try:
            answers.append(signed(database, folder, one, by=name))
        except EstateError as error:
            answers.append(error)

    threads = [threading.Thread(target=try_it, args=(name,)) for name in ("A. Officer", "B. Deputy")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [answer for answer in answers if isinstance(answer, EstateError)]
    assert len(refused) == 1
    assert "is signed already" in str(refused[0])
    with database.reading() as session:
        assert [event.state for event in states.events(session, one)] == ["submitted", "signed"]


def test_a_what_if_is_never_signed_nor_bridged_from(folder: Path, tmp_path: Path) -> None:
    over = tmp_path / "over"
    over.mkdir()
    (over / "assets.csv").write_text(ASSETS.replace("2027-07-31", "2028-07-31"), encoding="utf-8")
    database = open_database(f"sqlite:///{folder / 'estate.db'}")
    first = draft(database, folder)
    what_if = run_forecast(
        database, Folder(folder, overlay=over), load(folder), as_of=dt.date(2026, 11, 22), base_fy="2026/27"
    ).id
    with pytest.raises(EstateError, match="is a what-if"):
        submit_version(database, what_if, NOW)
    last = draft(database, folder)
    with database.reading() as session:
        assert states.opening(session, last) == first


def test_two_versions_of_one_year_signed_at_once(database: Database, folder: Path) -> None:
    both = [submitted(database, folder), submitted(database, folder)]
    failed: list[str] = []

    def try_it(version_id: int) -> None:
        try:
            signed(database, folder, version_id)
        except EstateError as error:
            failed.append(str(error))

    threads = [threading.Thread(target=try_it, args=(version_id,)) for version_id in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # either one superseded the other, or the second was told to sign again; never two signed
    with database.reading() as session:
        found = sorted(item.state for item in store.versions(session))
    assert found in (["signed", "superseded"], ["signed", "submitted"])
    assert all("sign again" in text for text in failed)


def test_who_rendered_before_another_signed_signs_again(database: Database, folder: Path) -> None:
    first, second = submitted(database, folder), submitted(database, folder)
    signed(database, folder, first)
    with database.reading() as session:
        digest = states.events(session, second)[-1].content_sha256
    late = Event(second, "signed", NOW, digest, "B. Deputy", "minute 42", None, {})
    with pytest.raises(EstateError, match="sign again"), database.writing() as session:
        states.sign(session, late, {})
    assert signed(database, folder, second) == first


def test_too_much_without_a_price_is_signed_only_with_a_reason(folder: Path) -> None:
    database = open_database(f"sqlite:///{folder / 'estate.db'}")
    (folder / "assets.csv").write_text(ASSETS + UNPRICED, encoding="utf-8")
    (folder / "prices.csv").write_text(
        "\n".join(row for row in (folder / "prices.csv").read_text().splitlines() if "other-hardware" not in row) + "\n"
    )
    version_id = submitted(database, folder)
    with database.reading() as session:
        assert store.load(session, version_id).header["coverage"]["unpriced"] == 1
    with pytest.raises(EstateError, match=r"1 of 3 units in scope \(33.33 %\).*--accept-unpriced"):
        signed(database, folder, version_id)
    signed(database, folder, version_id, accept_unpriced="a quotation is on its way")
    with database.reading() as session:
        details = states.events(session, version_id)[-1].details
    assert details == {
        "unpriced": 1, "in_scope": 3, "tolerance_pct": "2", "accepted_unpriced": "a quotation is on its way",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE forecast_row SET amount_pence = amount_pence + 1 WHERE id = 1", "the header says"),
        ("UPDATE forecast_event SET by = 'nobody' WHERE id = 2", "as it was written: signed"),
        ("UPDATE forecast_version SET as_of = '2026-11-23'", "the content is what was hashed"),
        ("UPDATE forecast_version SET state = 'draft'", "where the events lead: draft, not signed"),
        ("UPDATE blob SET data = x'00' WHERE sha256 IN (SELECT sha256 FROM forecast_output)", "restore the database"),
        ("DELETE FROM forecast_row WHERE id = 1", "rows:"),
    ],
)
def test_what_was_altered_behind_our_back_is_named(folder: Path, change: str, said: str) -> None:
    database = open_database(f"sqlite:///{folder / 'estate.db'}")
    signed(database, folder, submitted(database, folder))
    with database.writing() as session:
        guards.remove(session.connection())
        session.execute(sa.text(change))
    database.close()
    result = call(folder, "forecast", "verify", "1")
    assert isinstance(result.exception, EstateError)
    assert said in str(result.exception)
    assert any(check.result == DIFFERS for check in verify_version(database, 1)[1])


def test_old_drafts_of_nights_go_and_nothing_else(database: Database, folder: Path) -> None:
    with database.writing() as session:
        run = Run(job="nightly", due_at=NOW, started_at=NOW, outcome="done", host="h", pid=1)
        session.add(run)
        session.flush()
        run_id = run.id
    days = ("2026-06-10", "2026-06-20", "2026-07-05", "2026-11-01", "2026-12-05", "2026-12-06")
    nights = {day: draft(database, folder, day, run_id) for day in days}
    (folder / "assets.csv").write_text(ASSETS.replace("FOC2", "FOC9"), encoding="utf-8")
    by_hand = draft(database, folder, "2026-06-11")
    old = draft(database, folder, "2026-06-09", run_id)
    submit_version(database, old, NOW)
    with database.writing() as session:
        assert states.prune(session, dt.date(2026, 12, 6), days=30, months=5) == [
            nights["2026-06-10"],
            nights["2026-06-20"],
        ]
        left = {item.id for item in store.versions(session)}
        assert left == {by_hand, old} | {nights[day] for day in days[2:]}
        assert store.content(session, hashlib.sha256(ASSETS.encode()).hexdigest())
    for day in days[2:]:
        with database.writing() as session:
            session.execute(sa.delete(ForecastVersion).where(ForecastVersion.id == nights[day]))
    with database.writing() as session:
        assert states.prune(session, dt.date(2026, 12, 6), days=30, months=5) == []
        with pytest.raises(EstateError, match="no file of content"):
            store.content(session, hashlib.sha256(ASSETS.encode()).hexdigest())
        assert store.load(session, old).inputs["assets.csv"]
    assert all(check.result != DIFFERS for check in verify_version(database, old)[1])
