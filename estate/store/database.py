"""Opening the database: creation and migration on first use, and the way writers and readers get a session.

SQLite runs in WAL mode with foreign keys on, a busy timeout, and BEGIN IMMEDIATE for every writing transaction: a
deferred one that reads first fails at once when another writer is active, instead of waiting.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import Session

from config.errors import EstateError

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY_MILLISECONDS = 30_000
# File systems on which SQLite's locks cannot be trusted (https://www.sqlite.org/useovernet.html).
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "fuse.sshfs", "glusterfs", "ceph"}
)
MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Database:
    """An open, migrated database."""

    engine: Engine

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads; whatever is pending at its end is rolled back."""
        with Session(self.engine) as session:
            yield session
            session.rollback()

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits when the block ends and rolls back when it raises."""
        engine = self.engine.execution_options(immediate=True)
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

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
        engine = sa.create_engine(parsed, pool_pre_ping=parsed.get_backend_name() != "sqlite")
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
        raise EstateError(
            f"the database {parsed.render_as_string(hide_password=True)} cannot be opened: {error.orig}"
        ) from error
    return Database(engine)


def _check_file(url: URL) -> None:
    if not url.database or url.database == ":memory:":
        return
    folder = Path(url.database).resolve().parent
    if not folder.is_dir():
        raise EstateError(
            f"the database's folder {folder} does not exist: make it, or change 'database' in estate.toml"
        )
    kind = _file_system(folder)
    if kind in NETWORK_FILE_SYSTEMS:
        raise EstateError(
            f"{folder} is on a network file system ({kind}), where SQLite loses data: keep the database on a local "
            "disk, or use PostgreSQL"
        )


def _file_system(folder: Path) -> str:
    """The type of the file system that holds a folder, by the longest mount point in /proc/mounts; blank elsewhere."""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    best, kind = -1, ""
    for line in mounts:
        parts = line.split()
        if len(parts) > 2 and folder.is_relative_to(parts[1].replace("\\040", " ")) and len(parts[1]) >= best:  # noqa: PLR2004
            best, kind = len(parts[1]), parts[2]
    return kind


def _on_connect(connection: Any, _record: object) -> None:
    # sqlite3's own transaction handling would begin lazily; we say BEGIN ourselves
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", f"busy_timeout={BUSY_MILLISECONDS}", "foreign_keys=ON", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


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
