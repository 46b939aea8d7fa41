"""What is news between two nights, and that each thing is told once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from config.folder import Folder
from estate.cli import estate
from estate.folder.check import check
from estate.inventory.unit import Unit
from estate.lifecycle.milestones import Grade, Match, State, UnitState
from estate.lifecycle.status import SoftwareStatus, UnitStatus
from estate.notices import store
from estate.notices.acknowledgements import ACKNOWLEDGEMENTS, Acknowledgement
from estate.notices.detail import Detail
from estate.notices.notice import Seen, Standing, Subject, Told, compare, news, subjects
from estate.notices.wording import headline, lines
from estate.store.database import Database, open_database
from estate.store.tables import Base

DAY = dt.date(2026, 11, 22)
D1, D2 = dt.date(2026, 11, 20), dt.date(2027, 6, 30)
S = State


def subject(key: str, state: State, date: dt.date | None, product: str = "Cisco|X|") -> Subject:
    detail = Detail(
        device=f"dev-{key}", serial=key, vendor="Cisco", part_number="X", kind="switch", state=str(state),
        milestone="end_of_support" if date else None, date=date.isoformat() if date else None,
    )  # fmt: skip
    return Subject(key, Seen(product, state, date), detail)


def acknowledged(until: dt.date, **matching: str) -> Acknowledgement:
    blank = dict.fromkeys(("serial", "device", "part_number", "vendor", "os", "what"), None)
    return Acknowledgement(**(blank | matching), until=until, by="M. Shah", reason="known", source="a.csv:2")


@pytest.mark.parametrize(
    ("before", "now", "what"),
    [
        (None, Seen("p", S.UNSUPPORTED, D1), "unsupported"),
        (None, Seen("p", S.ENDING, D2), "ending"),
        (None, Seen("p", S.SUPPORTED, D2), ""),
        (None, Seen("p", S.UNKNOWN, None), ""),
        (Seen("p", S.ENDING, D1), Seen("p", S.UNSUPPORTED, D1), "unsupported"),
        (Seen("p", S.SUPPORTED, D2), Seen("p", S.ENDING, D2), "ending"),
        (Seen("p", S.NOT_ANNOUNCED, None), Seen("p", S.ENDING, D2), "ending"),
        (Seen("p", S.UNKNOWN, None), Seen("p", S.SUPPORTED, D2), "dated"),
        (Seen("p", S.SUPPORTED, D1), Seen("p", S.SUPPORTED, D2), "moved"),
        (Seen("p", S.UNSUPPORTED, D1), Seen("p", S.SUPPORTED, D2), "moved"),
        (Seen("p", S.UNSUPPORTED, D1), Seen("p", S.UNSUPPORTED, D2), "moved"),
        (Seen("p", S.SUPPORTED, D2), Seen("p", S.UNKNOWN, None), "undated"),
        (Seen("p", S.UNSUPPORTED, D1), Seen("p", S.UNSUPPORTED, D1), ""),
        (Seen("p", S.ENDING, D2), Seen("p", S.SUPPORTED, D2), ""),
        # other software, or another reading of the part number: no date has moved
        (Seen("p", S.UNSUPPORTED, D1), Seen("q", S.SUPPORTED, D2), ""),
        (Seen("p", S.UNSUPPORTED, D1), Seen("q", S.UNSUPPORTED, D1), ""),
        (Seen("p", S.UNSUPPORTED, D1), Seen("q", S.UNSUPPORTED, D2), "unsupported"),
        (Seen("p", S.SUPPORTED, D2), Seen("q", S.UNKNOWN, None), ""),
    ],
)
def test_what_is_news(before: Seen | None, now: Seen, what: str) -> None:
    assert news(before, now) == what


def test_subjects_are_units_of_the_population_and_the_software_of_devices() -> None:
    state = UnitState(S.UNSUPPORTED, "end_of_support", D1, confirmed=False, window_days=365, match=Match(Grade.SERIES))
    one = Unit("SN1", "switch", device="a", serial="SN1", vendor="Cisco", os="ios", version="15.2")
    found = subjects(
        [
            UnitStatus(one, None, state),
            UnitStatus(replace(one, asset_id="SN2"), None, state, excluded="spare"),
            UnitStatus(replace(one, asset_id="SAME", vendor="APC"), None, state),
            UnitStatus(replace(one, asset_id="same", vendor="Eaton"), None, state),
        ],
        [SoftwareStatus(one, state)],
    )
    assert [*found] == ["software:a", "unit:same|apc|a", "unit:same|eaton|a", "unit:sn1"]
    assert found["unit:sn1"].detail.latest_possible
    assert found["software:a"].detail.product == "Cisco ios 15.2"


def test_the_first_night_is_one_notice() -> None:
    now = {str(number): subject(str(number), S.UNSUPPORTED, D1) for number in range(3000)}
    told = compare({}, now, [], [], DAY)
    [first] = told.new
    assert (first.what, first.detail.counts) == ("first", {"unit": {"unsupported": 3000}, "software": {}})
    assert compare({}, {}, [], [], DAY) == Told()


def test_a_row_with_an_os_is_about_software_alone() -> None:
    software = Detail(thing="software", device="a", serial="SN1", part_number="X", vendor="Cisco", os="ios")
    unit = replace(software, thing="unit")
    for matching, covers in (
        ({"device": "a"}, (True, True)),
        ({"vendor": "cis*"}, (True, True)),
        ({"os": "IOS"}, (False, True)),
        ({"serial": "SN1"}, (True, False)),
        ({"part_number": "X"}, (True, False)),
        ({"part_number": "X", "os": "ios"}, (False, True)),
        ({"device": "a", "what": "ending"}, (False, False)),
    ):
        row = acknowledged(DAY, **matching)
        assert (row.covers("unsupported", unit), row.covers("unsupported", software)) == covers, matching


def test_the_file_is_checked(tmp_path: Path) -> None:
    (tmp_path / "acknowledgements.csv").write_text(
        "serial,device,what,until,by,reason\nA,,guess,2027-01-01,me,why\nA,,,,me,why\n*,,,2027-01-01,me,why\n"
        "A,,,2027-01-01,,why\nA,,ending,2027-01-01,me,why\n",
        encoding="utf-8",
    )
    found = [(problem.row, problem.column) for problem in check(tmp_path)]
    assert found == [(2, "what"), (3, "until"), (4, "serial"), (5, "by")]
    rows, _ = Folder(tmp_path).read(ACKNOWLEDGEMENTS)
    assert [row.until for row in rows] == [dt.date(2027, 1, 1)]


# ------------------------------------------------------------------------------------------------- told once, whatever


class Reader:
    """What one person would have been told, by the rules alone, without a database."""

    def __init__(self) -> None:
        self.before: dict[str, Seen] = {}
        self.standing: dict[int, Standing] = {}
        self.number = 0

    def night(self, now: dict[str, Subject], rows: list[Acknowledgement], day: dt.date) -> list[tuple[str, str]]:
        """Compare a night with the last one, and return what is sent."""
        told = compare(self.before, now, [*self.standing.values()], rows, day)
        for number in told.over:
            del self.standing[number]
        for number, row in told.acknowledged:
            self.standing[number] = replace(self.standing[number], acknowledged_until=row.until)
        sent = []
        for number in told.back:
            self.standing[number] = replace(self.standing[number], acknowledged_until=None)
            sent.append((self.standing[number].subject, self.standing[number].what))
        for item in told.new:
            self.number += 1
            until = item.acknowledged.until if item.acknowledged else None
            self.standing[self.number] = Standing(self.number, item.subject, item.what, item.detail, until)
            if item.acknowledged is None:
                sent.append((item.subject, item.what))
        self.before = {key: item.seen for key, item in now.items()}
        return sent


STATES = st.sampled_from(
    [(S.UNSUPPORTED, D1), (S.ENDING, D2), (S.SUPPORTED, D2), (S.UNKNOWN, None), (S.NOT_ANNOUNCED, None), None]
)
NIGHTS = st.lists(st.tuples(STATES, STATES, st.none() | st.integers(0, 4)), min_size=1, max_size=12)


@given(NIGHTS)
@settings(max_examples=300, deadline=None)
def test_a_thing_is_told_once_until_it_changes_or_its_acknowledgement_expires(
    nights: list[tuple[tuple[State, dt.date | None] | None, tuple[State, dt.date | None] | None, int | None]],
) -> None:
    """Each night both things take a state or are away; a row may acknowledge the first one for some days."""
    reader = Reader()
    keeper = subject("keeper", S.SUPPORTED, D2)  # so that only the first night is the first
    last: dict[str, tuple[State, dt.date | None] | None] = {}
    owed = {"a": False}  # whether the first thing was acknowledged and has not come back
    row: Acknowledgement | None = None
    for number, (one, two, days) in enumerate(nights):
        day = DAY + dt.timedelta(days=number)
        if days is not None:
            row = acknowledged(day + dt.timedelta(days=days), serial="a")
        states = {"a": one, "b": two}
        now = {key: subject(key, *state) for key, state in states.items() if state} | {"keeper": keeper}
        held = {item.subject for item in reader.standing.values()}
        sent = reader.night(now, [row] if row else [], day)
        assert len(sent) == len(set(sent))
        covered = row is not None and day <= row.until
        for key, state in states.items():
            changed = number > 0 and state != last.get(key)
            told = [what for subject_key, what in sent if subject_key == key]
            if key == "a" and covered:
                assert told == []
            elif number == 0 or not changed:
                comes_back = key == "a" and owed["a"] and key in held and number > 0
                assert bool(told) == comes_back
            elif state and state[0] in {S.UNSUPPORTED, S.ENDING} and last.get(key) is None:
                assert told == [str(state[0])]
            elif state is None:
                assert told == []
            last[key] = state
        held = {item.subject for item in reader.standing.values()}
        owed["a"] = "a" in held and any(
            item.acknowledged_until for item in reader.standing.values() if item.subject == "a"
        )
        # what holds is told, and nothing else is kept: one notice a subject
        assert len(held) == len(reader.standing)
        assert all(states.get(key) for key in held - {"keeper", ""})


# -------------------------------------------------------------------------------------------------------- the database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(open_database(f"sqlite:///{tmp_path / 'estate.db'}")) as opened:
        yield opened


def settle(database: Database, day: int, now: list[Subject], *rows: Acknowledgement) -> Told:
    with database.writing() as session:
        by_key = {item.key: item for item in now}
        return store.settle(session, None, by_key, rows, DAY + dt.timedelta(days=day), ("mail",))


def mail(database: Database, *, sent: bool = True) -> list[tuple[str, str | None]]:
    """What the mail of a night holds; it gets through unless told otherwise."""
    with database.writing() as session:
        found = store.waiting(session, "mail")
        if sent:
            store.sent(session, "mail", [record.id for record in found], dt.datetime.now(dt.UTC))
    return [(record.what, record.detail.serial) for record in found]


def test_nights_in_the_database(database: Database) -> None:
    supported, ended = subject("a", S.SUPPORTED, D2), subject("a", S.UNSUPPORTED, D1)
    settle(database, 0, [supported])
    assert mail(database) == [("first", None)]
    settle(database, 1, [supported])
    assert mail(database) == []
    settle(database, 2, [ended])
    assert mail(database, sent=False) == [("unsupported", "a")]
    settle(database, 3, [ended])
    assert mail(database) == [("unsupported", "a")]  # what did not get through waits for the next night
    settle(database, 4, [ended])
    assert mail(database) == []
    until = acknowledged(DAY + dt.timedelta(days=6), serial="a")
    for day in (5, 6):
        settle(database, day, [ended], until)
        assert mail(database) == []
    settle(database, 7, [ended], until)
    assert mail(database) == [("unsupported", "a")]
    settle(database, 8, [ended], until)
    assert mail(database) == []
    settle(database, 9, [supported])
    with database.reading() as session:
        assert [(record.what, record.over_on) for record in store.notices(session)] == [("moved", None)]
        assert len(store.notices(session, over=True)) == 3
        assert store.notices(session, DAY + dt.timedelta(days=3), over=True)[0].what == "moved"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for many examples; each begins with empty tables."""
    with closing(open_database(f"sqlite:///{tmp_path_factory.mktemp('notices') / 'estate.db'}")) as opened:
        yield opened


def forget(database: Database) -> None:
    with database.writing() as session:
        for table in ("notice_delivery", "notice", "notice_seen"):
            session.execute(sa.delete(Base.metadata.tables[table]))


@given(st.lists(st.tuples(STATES, STATES, st.booleans()), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_all_of_it_gets_through_once_however_often_mail_fails(
    shared: Database,
    nights: list[tuple[tuple[State, dt.date | None] | None, tuple[State, dt.date | None] | None, bool]],
) -> None:
    forget(shared)
    reader, told, arrived = Reader(), list[tuple[str, str]](), list[tuple[str, str]]()
    for number, (one, two, works) in enumerate([*nights, (None, None, True)]):
        now = {key: subject(key, *state) for key, state in (("a", one), ("b", two)) if state}
        now["keeper"] = subject("keeper", S.SUPPORTED, D2)
        told += [(key and f"dev-{key}", what) for key, what in reader.night(now, [], DAY + dt.timedelta(days=number))]
        settle(shared, number, [*now.values()])
        with shared.writing() as session:
            owed = store.waiting(session, "mail")
            if works:
                store.sent(session, "mail", [record.id for record in owed], dt.datetime.now(dt.UTC))
                arrived += [(record.detail.device or "", record.what) for record in owed]
    assert arrived == told


@given(NIGHTS)
@settings(max_examples=40, deadline=None)
def test_acknowledged_nights_in_the_database_are_those_of_the_rules(
    shared: Database,
    nights: list[tuple[tuple[State, dt.date | None] | None, tuple[State, dt.date | None] | None, int | None]],
) -> None:
    forget(shared)
    reader, rows = Reader(), list[Acknowledgement]()
    for number, (one, two, days) in enumerate(nights):
        day = DAY + dt.timedelta(days=number)
        rows = [acknowledged(day + dt.timedelta(days=days), serial="a")] if days is not None else rows
        now = {key: subject(key, *state) for key, state in (("a", one), ("b", two)) if state}
        now["keeper"] = subject("keeper", S.SUPPORTED, D2)
        told = [(what, key or None) for key, what in reader.night(now, rows, day)]
        settle(shared, number, [*now.values()], *rows)
        assert sorted(mail(shared), key=str) == sorted(told, key=str)


def test_what_is_acknowledged_before_it_was_sent_is_not_sent(database: Database) -> None:
    settle(database, 0, [subject("a", S.SUPPORTED, D2)])
    mail(database)
    settle(database, 1, [subject("a", S.UNSUPPORTED, D1)])
    row = acknowledged(DAY + dt.timedelta(days=2), serial="a")
    settle(database, 2, [subject("a", S.UNSUPPORTED, D1)], row)
    assert mail(database) == []
    settle(database, 3, [subject("a", S.UNSUPPORTED, D1)])
    assert mail(database) == [("unsupported", "a")]


def test_words() -> None:
    item = subject("a", S.UNSUPPORTED, D1).detail
    hostile = replace(item, device="x\r\nBcc: all@example.org\x1b[2J", was="ending")
    records = [
        store.Record(1, None, DAY, "unsupported", item),
        store.Record(2, None, DAY, "unsupported", hostile),
        store.Record(3, None, DAY, "moved", replace(item, was_date="2026-01-31")),
    ]
    assert headline(record.what for record in records) == "3 notices: 2 unsupported, 1 with a date that moved"
    assert lines([store.Record(4, None, DAY, "ending", item)], 4)[0].startswith("1 Cisco X new here and ending, ")
    records = [replace(record, detail=replace(record.detail, was="ending")) for record in records]
    told = lines(records, 4)
    assert told == [
        "2 Cisco X unsupported, end of support was 2026-11-20: dev-a, x  Bcc: all@example.org [2J",
        "1 Cisco X end of support moved from 2026-01-31 to 2026-11-20: dev-a",
    ]


def test_the_command_lists_them(tmp_path: Path, database: Database) -> None:
    (tmp_path / "estate.toml").write_text("", encoding="utf-8")
    call = ["--config", str(tmp_path), "notices", "-o", "csv", "-f", "what,device,status,acknowledged_by,deliveries"]
    empty = CliRunner().invoke(estate, call)
    assert (empty.exit_code, empty.stdout) == (0, "what,device,status,acknowledged_by,deliveries\n")
    settle(database, 0, [subject("a", S.SUPPORTED, D2), subject("b", S.SUPPORTED, D2)])
    settle(database, 1, [subject("a", S.UNSUPPORTED, D1), subject("b", S.ENDING, D2)])
    (tmp_path / "acknowledgements.csv").write_text(
        "serial,until,by,reason\nb,2199-01-01,M. Shah,replaced in spring\n", encoding="utf-8"
    )
    result = CliRunner().invoke(estate, call)
    assert result.stdout.splitlines()[1:] == [
        "unsupported,dev-a,open,,mail waits",
        "ending,dev-b,acknowledged,M. Shah,mail waits",
    ]
    assert result.stderr == "2 notices: 1 unsupported, 1 ending; 1 acknowledged\n"
    assert CliRunner().invoke(estate, [*call, "--since", "2026-11-24"]).stdout.count("\n") == 1
    assert CliRunner().invoke(estate, [*call, "--all"]).stdout.count("\n") == 4
