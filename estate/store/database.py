"""Opening the database: creation and migration on first use, and the way writers and readers get a session.

SQLite runs in WAL mode with foreign keys on, a busy timeout, and BEGIN IMMEDIATE for every writing transaction: a
deferred one that reads first fails at once when another writer is active, instead of waiting.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic_core import from_json
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from config.errors import EstateError

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY_MILLISECONDS = 30_000
_WAIT_SECONDS = 0.02
# with fewer free bytes than SQLite takes for its shared memory and a page or two, a disk is full
_ROOM = 65_536
# File systems on which SQLite's locks cannot be trusted (https://www.sqlite.org/useovernet.html).
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "glusterfs", "fuse.glusterfs", "fuse.sshfs"}
)
# On PostgreSQL, the advisory lock under which one process at a time migrates; any number that nobody else uses.
_MIGRATING = 0x65737460
MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Database:
    """An open, migrated database."""

    engine: Engine

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads; whatever is pending at its end is rolled back.

        Raises:
            EstateError: when the database cannot be read: it is damaged, or its disk or server is gone.
        """
        with self._waiting(), Session(self.engine) as session:
            yield session
            session.rollback()

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits when the block ends and rolls back when it raises.

        Raises:
            EstateError: when another process has been writing for longer than anybody should wait, or the database
                cannot be written: the disk is full, the file damaged or read-only, the server gone.
        """
        engine = self.engine.execution_options(immediate=True)
        with self._waiting(), Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextlib.contextmanager
    def writing_rows(self) -> Iterator[Connection]:
        """As :meth:`writing`, for statements on tables alone, most of which take less time than a session would add.

        Raises:
            EstateError: as there.
        """
        with self._waiting(), self.engine.execution_options(immediate=True).begin() as connection:
            yield connection

    @contextlib.contextmanager
    def _waiting(self) -> Iterator[None]:
        """Say whom somebody who could not write waited for, or what is wrong with the database."""
        try:
            yield
        except DatabaseError as error:
            # what a statement does wrong is for its caller, or a mistake of ours
            if not isinstance(error, OperationalError) and type(error) is not DatabaseError:
                raise
            if "locked" not in str(error.orig):
                raise EstateError(_failed(self.engine.url, "failed", error)) from error
            raise EstateError(
                f"the database {self.engine.url.database} has been locked by another process for "
                f"{BUSY_MILLISECONDS // 1000} seconds: wait for its run to end ('estate runs'), then try again"
            ) from error

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open the database behind a SQLAlchemy URL; create and migrate it when that is due.

    Raises:
        EstateError: when the URL makes no sense, the server does not answer, the file is on a network file system,
            or the database was written by a newer release.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            _check_file(parsed)
        engine = sa.create_engine(
            parsed,
            pool_pre_ping=parsed.get_backend_name() != "sqlite",
            json_deserializer=_document,
        )
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise EstateError(
            f"the database URL in estate.toml cannot be used: {error}. "
            "Write sqlite:///estate.db or postgresql+psycopg://user@host/name (extra 'postgresql')"
        ) from error
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _on_connect)
        sa.event.listen(engine, "begin", _on_begin)
    try:
        _migrate(engine)
    except DBAPIError as error:
        engine.dispose()
        raise EstateError(_failed(parsed, "cannot be opened", error)) from error
    return Database(engine)


def _document(text: str) -> Any:
    """What a JSON text holds, as json.loads would give it, but equal texts of many documents are mostly one object."""
    try:
        return from_json(text)
    except ValueError:  # half of a surrogate pair, which a device may say and which only json reads
        return json.loads(text)


def _failed(url: URL, how: str, error: DBAPIError) -> str:
    reason = str(error.orig).strip()
    return f"the database {url.render_as_string(hide_password=True)} {how}: {reason}{_advice(url)}"


def _advice(url: URL) -> str:
    """What to do about a database that does not open or fails."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return "; see that the server runs, and that 'database' in estate.toml names it"
    path = Path(url.database)
    writable = [place for place in (path, path.parent) if place.exists() and not os.access(place, os.W_OK)]
    if writable:
        return f"; you may not write {writable[0]}: run as the user who owns it, or change its permissions"
    with contextlib.suppress(OSError):
        if shutil.disk_usage(path.parent).free < _ROOM:
            return f"; the disk of {path.parent} is full: make room, then try again"
    return "; if the file is damaged, put it away and restore a copy"


def _check_file(url: URL) -> None:
    if not url.database or url.database == ":memory:":
        return
    folder = Path(os.path.realpath(url.database)).parent  # unlike Path.resolve, it bears links that lead in a circle
    if not folder.is_dir():
        raise EstateError(
            f"the database's folder {folder} does not exist: make it, or change 'database' in estate.toml"
        )
    kind = file_system(folder, _mounts())
    if kind in NETWORK_FILE_SYSTEMS:
        raise EstateError(
            f"{folder} is on a network file system ({kind}), where SQLite loses data: keep the database on a local "
            "disk, or use PostgreSQL"
        )


def _mounts() -> str:
    """The mounted file systems as Linux lists them; blank on other systems."""
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def file_system(folder: Path, mounts: str) -> str:
    """The type of the file system that holds a folder: that of the longest mount point above it, else blank.

    ``mounts`` is in the format of fstab(5), where a space in a name is written in octal; of two file systems mounted
    at one place, the later one hides the earlier.
    """
    best, kind = -1, ""
    for line in mounts.splitlines():
        device, _, rest = line.partition(" ")
        point, _, rest = rest.partition(" ")
        point = point.replace("\\040", " ")
        if device and rest and folder.is_relative_to(point) and len(point) >= best:
            best, kind = len(point), rest.split(" ")[0]
    return kind


def _on_connect(connection: Any, _record: object) -> None:
    # sqlite3's own transaction handling would begin lazily; we say BEGIN ourselves
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    _write_ahead(cursor)
    for pragma in ("foreign_keys=ON", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Turn a new file to write-ahead logging; every later connection finds it so.

    SQLite does not wait out its busy timeout here: while another process reads the file for the first time, the change
    fails at once, so we wait ourselves.
    """
    deadline = time.monotonic() + BUSY_MILLISECONDS / 1000
    while True:
        try:
            if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(_WAIT_SECONDS)
        else:
            return


def _on_begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration without a file; migrations run on the given connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _migrate(engine: Engine) -> None:
    script = ScriptDirectory.from_config(alembic_config())
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        connection.rollback()
    if current == script.get_current_head():
        return
    if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
        raise EstateError(f"this database was written by a newer release of estate (schema {current}): upgrade estate")
    with engine.connect().execution_options(immediate=True) as connection:
        if engine.dialect.name == "sqlite":
            # batch mode rebuilds tables, and with foreign keys on that would empty the tables that refer to them;
            # the pragma has no effect inside a transaction, so it is set before one begins
            _pragma(connection, "foreign_keys=OFF")
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATING)))
            command.upgrade(alembic_config(connection), "head")
            if engine.dialect.name == "sqlite" and (
                broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            ):
                raise EstateError(
                    f"the migration would leave {len(broken)} rows that refer to nothing; nothing was changed"
                )
        if engine.dialect.name == "sqlite":
            _pragma(connection, "foreign_keys=ON")


def _pragma(connection: Connection, pragma: str) -> None:
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.execute(f"PRAGMA {pragma}")
