"""Triggers that keep a forecast version from being changed: the database refuses, whoever asks.

A version's rows are written while it is a draft and never updated. Once it was submitted nothing of it can be deleted
or added; its state only moves forwards; what a signature stored stays. SQLite forgets the triggers of a table that a
batch migration rebuilds: such a migration ends with :func:`install`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

# In which state of its version a row of these tables may be added; blank: always.
CHILDREN = {
    "forecast_input": "draft",
    "forecast_unit": "draft",
    "forecast_row": "draft",
    "forecast_funding": "draft",
    "forecast_exception": "draft",
    "forecast_output": "submitted",
    "forecast_event": "",
}
# What of a version may change: its state, one step forwards, and the run that made it when the ledger drops that.
FIXED = ("id", "created_at", "as_of", "base_fy", "years", "entity")
STEPS = (("draft", "submitted"), ("submitted", "signed"), ("signed", "superseded"))
NEVER = "a forecast version is never changed"
KEPT = "only a draft of a forecast can be deleted or added to"


def names() -> tuple[str, ...]:
    """The names of all triggers."""
    return tuple(name for name, _, _, _ in _sqlite())


def install(connection: Connection) -> None:
    """Make the triggers that are not there."""
    if connection.dialect.name == "sqlite":
        for name, event, table, condition in _sqlite():
            text = NEVER if event == "UPDATE" else KEPT
            when = f"WHEN {condition} " if condition else ""
            connection.exec_driver_sql(
                f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {event} ON {table} {when}"
                f"BEGIN SELECT RAISE(ABORT, '{text}'); END"
            )
        return
    connection.exec_driver_sql(_FUNCTIONS)
    for statement in _postgresql():
        connection.exec_driver_sql(statement)


def remove(connection: Connection) -> None:
    """Take the triggers away."""
    if connection.dialect.name == "sqlite":
        for name in names():
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        return
    for table in (*CHILDREN, "forecast_version", "blob"):
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_guard ON {table}")
    for name in ("forecast_child_guard", "forecast_version_guard", "blob_guard"):
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {name}()")


def _sqlite() -> Iterator[tuple[str, str, str, str]]:
    """Name, event, table and condition of each trigger."""
    for table, state in CHILDREN.items():
        yield f"{table}_update", "UPDATE", table, ""
        yield f"{table}_delete", "DELETE", table, _state_is_not("OLD", "draft")
        if state:
            yield f"{table}_insert", "INSERT", table, _state_is_not("NEW", state)
    same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in (*FIXED, "header"))
    step = " OR ".join(f"(OLD.state = '{old}' AND NEW.state = '{new}')" for old, new in STEPS)
    run = "(NEW.run_id IS OLD.run_id OR NEW.run_id IS NULL)"
    yield (
        "forecast_version_update",
        "UPDATE",
        "forecast_version",
        (f"NOT ({same} AND {run} AND (NEW.state = OLD.state OR {step}))"),
    )
    yield "forecast_version_delete", "DELETE", "forecast_version", "OLD.state <> 'draft'"
    yield "blob_update", "UPDATE", "blob", ""


def _state_is_not(row: str, state: str) -> str:
    # a version that is being deleted is gone when its rows go, and then there is no state to object
    return f"(SELECT state FROM forecast_version WHERE id = {row}.version_id) <> '{state}'"  # noqa: S608 - own words


def _postgresql() -> Iterator[str]:
    for table, state in CHILDREN.items():
        yield _trigger(table, f"forecast_child_guard('{state}')", "INSERT OR UPDATE OR DELETE")
    yield _trigger("forecast_version", "forecast_version_guard()", "UPDATE OR DELETE")
    yield _trigger("blob", "blob_guard()", "UPDATE")


def _trigger(table: str, function: str, events: str) -> str:
    return (
        f"CREATE OR REPLACE TRIGGER {table}_guard BEFORE {events} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}"
    )


_SAME = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in FIXED)
_STEP = " OR ".join(f"(OLD.state = '{old}' AND NEW.state = '{new}')" for old, new in STEPS)
_FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION forecast_child_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
    IF TG_OP = 'UPDATE' THEN RAISE EXCEPTION '{NEVER}'; END IF;
    IF TG_OP = 'DELETE' THEN
        SELECT state INTO found FROM forecast_version WHERE id = OLD.version_id;
        IF found <> 'draft' THEN RAISE EXCEPTION '{KEPT}'; END IF;
        RETURN OLD;
    END IF;
    IF TG_ARGV[0] <> '' THEN
        SELECT state INTO found FROM forecast_version WHERE id = NEW.version_id;
        IF found <> TG_ARGV[0] THEN RAISE EXCEPTION '{KEPT}'; END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION forecast_version_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'draft' THEN RAISE EXCEPTION '{KEPT}'; END IF;
        RETURN OLD;
    END IF;
    IF NOT ({_SAME} AND NEW.header::text = OLD.header::text
            AND (NEW.run_id IS NOT DISTINCT FROM OLD.run_id OR NEW.run_id IS NULL)
            AND (NEW.state = OLD.state OR {_STEP})) THEN
        RAISE EXCEPTION '{NEVER}';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION blob_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'stored content is never changed';
END $$;
"""  # noqa: S608 - made of the constants above
