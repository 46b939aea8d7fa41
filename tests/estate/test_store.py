"""The database: made on first use, migrated both ways, shared by writers, and refused where it would lose data."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from config.errors import EstateError
from estate.store.database import Database, alembic_config, file_system, open_database
from estate.store.ledger import Run
from estate.store.tables import Base
from tests.estate.inventory_lab import box, new_run, night, observed, part, run_night
from tests.examples import examples

SERVER = os.environ.get("ESTATE_TEST_POSTGRESQL", "postgresql+psycopg://root@127.0.0.1/test")
NOON = dt.datetime(2026, 3, 29, 12, tzinfo=dt.UTC)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'estate.db'}"


@pytest.fixture
def server() -> Iterator[str]:
    """A database of its own on a PostgreSQL server, dropped afterwards."""
    admin = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    name = f"estate_test_{os.getpid()}"
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


def migrate_down_and_up(database: Database) -> None:
    with database.engine.connect().execution_options(immediate=True) as connection, connection.begin():
        assert not compare_metadata(MigrationContext.configure(connection), Base.metadata)
        command.downgrade(alembic_config(connection), "base")
        assert sa.inspect(connection).get_table_names() == ["alembic_version"]
        command.upgrade(alembic_config(connection), "head")
        assert not compare_metadata(MigrationContext.configure(connection), Base.metadata)


def test_first_use_makes_the_database_and_the_second_leaves_it(url: str) -> None:
    first = open_database(url)
    with first.writing() as session:
        new_run(session, NOON)
    first.close()
    second = open_database(url)
    with second.reading() as session:
        assert session.scalars(sa.select(Run.due_at)).all() == [NOON]
        assert session.execute(sa.text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert session.execute(sa.text("PRAGMA foreign_keys")).scalar_one() == 1
    second.close()


def test_the_migration_makes_exactly_the_tables_and_goes_back(url: str) -> None:
    database = open_database(url)
    migrate_down_and_up(database)
    database.close()


def test_what_had_been_called_back_is_a_unit_that_returned(url: str) -> None:
    database = open_database(url)
    run_night(database, 0, [observed("a", night(0), [box("A"), part("P1")])])
    with database.engine.connect().execution_options(immediate=True) as connection, connection.begin():
        connection.execute(sa.text("UPDATE change SET what = 'returned' WHERE subject = 'P1'"))
        words = sa.text("SELECT what FROM change ORDER BY subject")
        command.downgrade(alembic_config(connection), "0001")
        assert connection.scalars(words).all() == ["discovered", "back"]
        command.upgrade(alembic_config(connection), "head")
        assert connection.scalars(words).all() == ["discovered", "returned"]
    database.close()


def test_what_raises_is_rolled_back_and_what_only_reads_is_never_kept(url: str) -> None:
    database = open_database(url)

    def fail_half_way() -> None:
        with database.writing() as session:
            new_run(session, NOON)
            raise KeyError

    with pytest.raises(KeyError):
        fail_half_way()
    with database.reading() as session:
        new_run(session, NOON)
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Run)) == 0
    database.close()


def test_a_document_holds_what_was_written_even_half_a_character(url: str) -> None:
    database = open_database(url)
    document = {"text": "half of a pair: \ud800", "whole": 10**20, "part": 0.1, "none": None, "yes": True, "é": ["☃"]}
    query = sa.select(sa.literal(document, sa.JSON))
    with database.reading() as session:
        assert session.scalar(query) == document
    database.close()


def test_naive_timestamps_are_refused(url: str) -> None:
    database = open_database(url)
    with pytest.raises(sa.exc.StatementError, match="without a zone"), database.writing() as session:
        new_run(session, NOON.replace(tzinfo=None))
    database.close()


def write_at_once(url: str, writers: int, each: int) -> int:
    """Let several writers, each with a connection of its own, open the database and add rows; count them."""
    errors: list[BaseException] = []

    def write(number: int) -> None:
        try:
            database = open_database(url)
            for step in range(each):
                with database.writing() as session:
                    # reading first is what a deferred transaction would fail on
                    session.scalar(sa.select(sa.func.count()).select_from(Run))
                    new_run(session, NOON + dt.timedelta(minutes=number * each + step))
            database.close()
        except BaseException as error:  # noqa: BLE001 - a thread hands every failure to the test
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    database = open_database(url)
    with database.reading() as session:
        count = session.scalar(sa.select(sa.func.count()).select_from(Run)) or 0
    database.close()
    return count


def test_writers_wait_for_each_other_even_on_first_use(url: str) -> None:
    assert write_at_once(url, 4, 15) == 60


def test_a_new_file_may_be_opened_by_several_at_the_same_instant(tmp_path: Path) -> None:
    failures: list[EstateError] = []

    def go(url: str, together: threading.Barrier) -> None:
        together.wait()
        try:
            open_database(url).close()
        except EstateError as error:
            failures.append(error)

    # the race is lost in about one of ten files
    for number in range(examples(10, 25)):
        together = threading.Barrier(6)
        url = f"sqlite:///{tmp_path}/{number}.db"
        threads = [threading.Thread(target=go, args=(url, together)) for _ in range(together.parties)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures


def test_a_lock_that_does_not_end_is_explained(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("estate.store.database.BUSY_MILLISECONDS", 50)
    one, other = open_database(url), open_database(url)
    with one.writing() as session:
        new_run(session, NOON)
        with pytest.raises(EstateError, match="locked by another process"), other.writing() as second:
            new_run(second, NOON)
    one.close()
    other.close()


def test_a_newer_schema_is_refused(url: str) -> None:
    database = open_database(url)
    with database.writing() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(EstateError, match=r"newer release of estate \(schema 9999\)"):
        open_database(url)


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv/estate", "nfs4"),
        ("/srv/estate/deep/er", "nfs4"),
        ("/srv/estate2", "ext4"),
        ("/home/a b/c", "cifs"),
        ("/mnt", "tmpfs"),
        ("/", "ext4"),
    ],
)
def test_the_file_system_is_that_of_the_longest_mount_point(folder: str, kind: str) -> None:
    mounts = (
        "/dev/sda1 / ext4 rw 0 0\nserver:/x /srv/estate nfs4 rw 0 0\n//nas/c /home/a\\040b cifs rw 0 0\n"
        "old /mnt nfs rw 0 0\ntmpfs /mnt tmpfs rw 0 0\ngarbage\n"
    )
    assert file_system(Path(folder), mounts) == kind
    assert file_system(Path(folder), "") == ""


def test_a_network_file_system_is_refused(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("estate.store.database._mounts", lambda: f"server:/x {tmp_path} nfs4 rw 0 0\n")
    with pytest.raises(EstateError, match="network file system"):
        open_database(url)


def test_what_cannot_be_opened_is_explained(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    (tmp_path / "text.db").write_text("this is no database, but long enough to look at " * 40, encoding="utf-8")
    for url, reason in (
        (f"sqlite:///{tmp_path}/none/estate.db", "does not exist"),
        (f"sqlite:///{tmp_path}/folder.db", "unable to open"),
        (f"sqlite:///{tmp_path}/text.db", "restore a copy"),
        ("nonsense", "cannot be used"),
        ("oddbase://host/name", "cannot be used"),
        ("postgresql+psycopg://nobody:topsecret@127.0.0.1:1/x?connect_timeout=2", "see that the server runs"),
    ):
        with pytest.raises(EstateError, match=reason) as caught:
            open_database(url)
        assert "topsecret" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_not_be_written_is_explained(url: str, tmp_path: Path) -> None:
    open_database(url).close()
    (tmp_path / "estate.db").chmod(0o444)
    tmp_path.chmod(0o555)
    with pytest.raises(EstateError, match="you may not write"):
        open_database(url)
    tmp_path.chmod(0o755)


def test_postgresql_holds_the_same(server: str) -> None:
    database = open_database(server)
    migrate_down_and_up(database)
    first = [observed("a", night(0), [box("A"), part("P1")]), observed("b", night(0), [box("B")])]
    later = [observed("b", night(1), [box("B"), part("P1")]), observed("a", night(1), [box("A")], version="2.0")]
    run_night(database, 0, first)
    told = [change for item in run_night(database, 1, later) for change in item.changes]
    assert [(change.device, change.what, change.before) for change in told] == [
        ("b", "moved", "a: powerSupply 1"),
        ("a", "changed", "1.0"),
    ]
    database.close()


def test_writers_on_postgresql(server: str) -> None:
    assert write_at_once(server, 3, 5) == 15


def test_a_database_that_fails_while_it_is_used_says_so(url: str) -> None:
    database = open_database(url)
    with database.writing_rows() as connection:
        connection.exec_driver_sql("DROP TABLE notice")
    for use in (database.reading, database.writing, database.writing_rows):
        with pytest.raises(EstateError, match=r"estate\.db failed: no such table: notice"), use() as session:
            session.execute(sa.text("SELECT * FROM notice"))


def test_a_full_disk_is_not_called_damage(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "estate.db").write_bytes(b"no database" * 100)
    with pytest.raises(EstateError, match="if the file is damaged, put it away"):
        open_database(url)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=0))
    with pytest.raises(EstateError, match=r"is full: make room, then try again$"):
        open_database(url)


def test_links_that_lead_in_a_circle_are_no_database(url: str, tmp_path: Path) -> None:
    (tmp_path / "estate.db").symlink_to(tmp_path / "estate.db")
    with pytest.raises(EstateError, match="cannot be opened"):
        open_database(url)
