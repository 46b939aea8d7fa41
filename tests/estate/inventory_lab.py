"""Small devices for the inventory's tests: boxes with parts, read by night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy.orm import Session

from collectors.observation import Component, Observation, Outcome, Section
from collectors.targets import Target
from estate.inventory.store import Recorded, record
from estate.store.database import Database
from estate.store.ledger import Run

FIRST_NIGHT = dt.datetime(2026, 1, 1, 2, 0, tzinfo=dt.UTC)
SERIAL = "1.3.6.1.2.1.47.1.1.1.1.11"


def night(number: int) -> dt.datetime:
    """When a night begins."""
    return FIRST_NIGHT + dt.timedelta(days=number)


def target(name: str, site: str | None = "town-hall", role: str | None = "core") -> Target:
    return Target("127.0.0.1", name, site, role, "lab", "snmp", None, (), "targets.csv:2")


def part(serial: str | None, cls: str = "powerSupply", slot: int = 1, **values: str) -> Component:
    where = {"serial": f"{SERIAL}.{slot + 100}"} if serial else {"name": f"1.3.6.1.2.1.47.1.1.1.1.7.{slot + 100}"}
    name = f"{cls} {slot}"
    return Component(str(slot + 100), cls, "1", slot, name, serial=serial, vendor="Acme", where=where, **values)  # type: ignore[arg-type] # text fields only


def box(serial: str | None = "BOX1", **values: str) -> Component:
    where = {"serial": f"{SERIAL}.1"} if serial else {"name": "1.3.6.1.2.1.47.1.1.1.1.7.1"}
    return Component("1", "chassis", name="Chassis", serial=serial, vendor="Acme", where=where, **values)  # type: ignore[arg-type] # text fields only


def observed(
    name: str,
    at: dt.datetime,
    components: Iterable[Component],
    *,
    cut: bool = False,
    outcome: Outcome | None = None,
    version: str | None = "1.0",
    serial: str | None = None,
) -> Observation:
    """What a device says; ``cut`` ends the walk of its components early."""
    listed = tuple(components)
    said = outcome or (Outcome.PARTIAL if cut else Outcome.ANSWERED)
    answered = said in {Outcome.ANSWERED, Outcome.PARTIAL}
    return Observation(
        name,
        "127.0.0.1",
        at,
        said,
        reason="" if answered else "no answer",
        duration=0.1,
        transport="snmp",
        kind="switch" if answered else None,
        vendor="Acme" if answered else None,
        serial=serial,
        version=version if answered else None,
        components=listed if answered else (),
        sections=(
            Section("system", complete=True, rows=1),
            Section("entity", complete=not cut, reason="it stopped answering" if cut else "", rows=len(listed)),
        )
        if answered
        else (),
        evidence={"version": "1.3.6.1.2.1.1.1.0"} if version else {},
    )


def new_run(session: Session, at: dt.datetime) -> int:
    run = Run(job="nightly", due_at=at, started_at=at, outcome="running", host="lab", pid=1)
    session.add(run)
    session.flush()
    return run.id


def run_night(database: Database, number: int, observations: Iterable[Observation]) -> list[Recorded]:
    """One run: each observation in a transaction of its own, in the order given."""
    with database.writing() as session:
        run = new_run(session, night(number))
    recorded = []
    for observation in observations:
        with database.writing() as session:
            recorded.append(record(session.connection(), run, target(observation.target), observation))
    return recorded
