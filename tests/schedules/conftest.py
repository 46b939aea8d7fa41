"""Databases to try the ledger on: SQLite in a folder of its own, and PostgreSQL where the machine has one."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from estate.store.database import Database, open_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A new SQLite database in a file."""
    opened = open_database(f"sqlite:///{tmp_path / 'estate.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server: ESTATE_TEST_POSTGRESQL, else one started here from the machine's binaries."""
    if url := os.environ.get("ESTATE_TEST_POSTGRESQL"):
        yield url
        return
    programs = {name: _program(name) for name in ("initdb", "pg_ctl")}
    user = _server_user()
    if not all(programs.values()) or user is None:
        pytest.skip("there is no PostgreSQL on this machine; ESTATE_TEST_POSTGRESQL can name one elsewhere")
    # not below pytest's own folder: pytest closes that to other users, and as root the server runs as one of them
    with tempfile.TemporaryDirectory(prefix="estate-postgresql-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        shutil.chown(home, user)
        data, port = home / "data", _free_port()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off"

        def call(*command: str) -> None:
            subprocess.run(command, check=True, capture_output=True, cwd=home, user=user, timeout=60)  # noqa: S603 - the programs found above

        call(str(programs["initdb"]), "-D", str(data), "-U", "estate", "-A", "trust", "-E", "UTF8", "--no-sync")
        call(str(programs["pg_ctl"]), "-D", str(data), "-o", options, "-l", str(home / "log"), "-w", "start")
        try:
            yield f"postgresql+psycopg://estate@127.0.0.1:{port}/postgres"
        finally:
            call(str(programs["pg_ctl"]), "-D", str(data), "-m", "immediate", "stop")


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    name = f"estate_test_{os.getpid()}"
    engine = sa.create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield sa.make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


def _program(name: str) -> Path | None:
    found = shutil.which(name)
    places = [Path(found)] if found else sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return places[-1].resolve() if places else None


def _server_user() -> str | None:
    """Who may run the server: it refuses to run as root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
