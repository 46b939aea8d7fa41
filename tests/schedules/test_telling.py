"""Who is told what, over several nights: real SMTP and HTTP on loopback, and a database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import stamina
from click.testing import CliRunner

from config.folder import Folder
from config.settings import Settings, load
from estate.cli import estate
from estate.command import Context
from estate.folder.starter import write_starter
from estate.lifecycle.service import load_status
from estate.store.database import Database, open_database
from schedules import store, summary, telling
from schedules.nightly import nightly
from schedules.progress import Quiet
from schedules.step import Ended
from schedules.steps import this_host, utc_now
from schedules.telling import Noticed, Teller, notice
from tests.schedules.receivers import Hook, Post, free_port, hook_server, mail_server

ASSETS = """\
serial,vendor,part_number,kind,site,device
FOX1,Cisco,WS-C3850-24T-S,switch,Town Hall,core1
FOX3,Cisco,WS-C2960X-24TS-L,switch,Library,edge1
"""
# the one ends on 2025-10-31, the other on 2027-10-31
BEFORE, AFTER = dt.date(2025, 10, 31), dt.date(2025, 11, 1)


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "estate"
    write_starter(path)
    (path / "assets.csv").write_text(ASSETS, encoding="utf-8")
    return path


@pytest.fixture
def database(folder: Path) -> Iterator[Database]:
    with closing(open_database(f"sqlite:///{folder / 'estate.db'}")) as opened:
        yield opened


def settings(folder: Path, post: int = 0, hook: int = 0) -> Settings:
    """The settings of a folder that tells by mail, by webhook, or by both."""
    lines = ['entity = "Havering"']
    if post:
        lines += ["[mail]", 'host = "127.0.0.1"', f"port = {post}", 'tls = "none"', 'sender = "e@council.example"']
        lines += ['to = ["n@council.example"]', "timeout = 5.0"]
    if hook:
        lines += ["[webhook]", f'url = "http://127.0.0.1:{hook}/"', "timeout = 5.0"]
    (folder / "estate.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load(folder)


def find(database: Database, folder: Path, options: Settings, day: dt.date) -> Noticed:
    """The night of a day up to its notices."""
    due = dt.datetime.combine(day, dt.time(2, 15), dt.UTC)
    with database.writing() as session:
        run = store.claim(session, "nightly", due, this_host(), utc_now())
    assert run is not None
    return notice(database, folder, options, load_status(database, Folder(folder), options, day), run)


def latest(database: Database) -> int:
    with database.reading() as session:
        return store.runs(session, 1)[0].id


def tell(database: Database, folder: Path, options: Settings) -> dict[str, Ended]:
    teller = Teller(database, folder, options, utc_now())
    return {"mail": teller.mail("n1", "the summary", latest(database)), "webhook": teller.webhook(7)}


def test_what_does_not_get_through_comes_with_the_next_night(folder: Path, database: Database) -> None:
    with mail_server(Post()) as post, hook_server(Hook()) as hook:
        options = settings(folder, post.port, hook.port)
        assert find(database, folder, options, BEFORE).sentence() == "first night"
        assert tell(database, folder, options) == {
            "mail": Ended("done", "1 notice to 1 recipient"),
            "webhook": Ended("done", "1 notice"),
        }
        assert hook.documents[0]["notices"][0]["counts"]["unit"] == {"ending": 1, "supported": 1}
        assert find(database, folder, options, AFTER).sentence() == "1 notice: 1 unsupported"
        hook.answers = [500]
        post.faults = ["busy", "busy"]
        failed = tell(database, folder, options)
        assert failed["mail"].outcome == failed["webhook"].outcome == "part"
        assert failed["webhook"].detail.startswith("not sent: 127.0.0.1 answered 500")
        assert failed["webhook"].detail.endswith("; 1 notice waits for the next night")
        assert "answered 421 too busy; 1 notice waits" in failed["mail"].detail
        again = find(database, folder, options, AFTER + dt.timedelta(days=1))
        assert again.sentence() == "nothing new"
        tell(database, folder, options)
        assert tell(database, folder, options)["mail"].detail == "nothing to tell"
    assert [mail["Subject"] for mail in post.mails] == ["estate: first night", "estate: 1 notice: 1 unsupported"]
    body = post.mails[1].get_content()
    assert "Havering: 1 notice: 1 unsupported" in body
    assert "  1 Cisco WS-C3850-24T-S unsupported, end of support was 2025-10-31: core1" in body
    assert body.replace("\r\n", "\n").endswith("lists them all.\n\nthe summary\n")
    [told] = hook.documents[1]["notices"]
    assert (told["what"], told["serial"], told["was"], told["date"]) == ("unsupported", "FOX1", "ending", "2025-10-31")
    assert "WS-C3850-24T-S unsupported" in hook.documents[1]["text"]


def test_an_acknowledgement_is_not_sent_and_comes_back(folder: Path, database: Database) -> None:
    with mail_server(Post()) as post:
        options = settings(folder, post.port)
        find(database, folder, options, BEFORE)
        tell(database, folder, options)
        (folder / "acknowledgements.csv").write_text(
            "serial,until,by,reason\nFOX1,2025-11-03,M. Shah,replaced on Monday\n", encoding="utf-8"
        )
        for day, sentence in ((0, "1 notice: 1 unsupported; 1 acknowledged"), (2, "nothing new; 1 acknowledged")):
            assert find(database, folder, options, AFTER + dt.timedelta(days=day)).sentence() == sentence
            assert tell(database, folder, options)["mail"].detail == "nothing to tell"
        back = find(database, folder, options, AFTER + dt.timedelta(days=3))
        assert back.sentence() == "nothing new; 1 back, their acknowledgement over"
        tell(database, folder, options)
    assert len(post.mails) == 2
    assert "From earlier nights, sent late, or again because no" in post.mails[1].get_content()


def test_a_device_cannot_write_into_mail_or_chat(folder: Path, database: Database) -> None:
    with mail_server(Post()) as post, hook_server(Hook()) as hook:
        options = settings(folder, post.port, hook.port)
        find(database, folder, options, BEFORE)
        tell(database, folder, options)
        evil = '"<!channel> =1+1\x7f\u202e <http://evil.example|x>"'
        assets = ASSETS.replace("core1", evil).replace("edge1", evil[:-1] + '2"')
        (folder / "assets.csv").write_text(assets, encoding="utf-8")
        with database.writing() as session:
            session.connection().exec_driver_sql("UPDATE notice_seen SET state = 'supported'")
        find(database, folder, options, AFTER.replace(year=2028))
        tell(database, folder, options)
    mail = post.mails[-1]
    assert mail["Bcc"] is None
    body = mail.get_body(("plain",))
    assert body is not None
    assert "\u202e" not in body.get_content()
    assert "\x7f" not in body.get_content()
    text = hook.documents[-1]["text"]
    assert "&lt;!channel&gt;" in text
    assert "<" not in text
    assert "\u202e" not in text


def test_very_many_go_in_parts(folder: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "BATCH", 2)
    monkeypatch.setattr(telling, "MAIL_BATCH", 2)
    with mail_server(Post(faults=["", "", "busy", "busy"])) as post, hook_server(Hook(answers=[204, 204, 500])) as hook:
        options = settings(folder, post.port, hook.port)
        find(database, folder, options, BEFORE)
        tell(database, folder, options)
        rows = "".join(f"NEW{number},Cisco,WS-C3850-24T-S,switch,Depot,new{number}\n" for number in range(5))
        (folder / "assets.csv").write_text(ASSETS + rows, encoding="utf-8")
        find(database, folder, options, AFTER)
        ended = tell(database, folder, options)
        assert ended["mail"].detail.endswith("4 notices wait for the next night")
        assert ended["webhook"].detail.endswith("4 notices wait for the next night")
        assert tell(database, folder, options)["mail"] == Ended("done", "4 notices to 1 recipient")
    assert [len(document["notices"]) for document in hook.documents] == [1, 2, 2, 2]
    serials = [item["serial"] for document in hook.documents[1:] for item in document["notices"]]
    assert sorted(serials) == ["FOX1", "NEW0", "NEW1", "NEW2", "NEW3", "NEW4"]


def test_a_channel_that_is_new_is_not_told_of_the_past(folder: Path, database: Database) -> None:
    silent = settings(folder)
    find(database, folder, silent, BEFORE)
    find(database, folder, silent, AFTER)
    with mail_server(Post()) as post:
        options = settings(folder, post.port)
        assert find(database, folder, options, AFTER + dt.timedelta(days=1)).sentence() == "nothing new"
        assert tell(database, folder, options)["mail"].detail == "nothing to tell"
        every = options.model_copy(update={"mail": options.mail.model_copy(update={"every_night": True})})
        assert tell(database, folder, every)["mail"].detail == "0 notices to 1 recipient"
    [mail] = post.mails
    assert mail["Subject"] == "estate: nothing new"
    assert "the summary" in mail.get_content()


def test_a_night_goes_on_without_its_mail(folder: Path) -> None:
    with hook_server(Hook()) as hook:
        settings(folder, free_port(), hook.port)
        result = nightly(Context(str(folder)), utc_now(), None, Quiet())
    assert result is not None
    outcomes = {step.name: step.outcome for step in result.steps}
    assert (outcomes["report"], outcomes["mail"], outcomes["webhook"]) == ("done", "part", "done")
    assert (result.outcome, result.exit_status) == ("part", 3)
    assert result.reason.startswith("mail: not sent: 127.0.0.1 port ")
    assert "Warning    mail: not sent: " in summary.render(result, 200)
    assert result.counts()["notices"] == {"first": 1}
    [document] = hook.documents
    assert document["run"] == result.run_id


def test_a_night_that_failed_is_told_too(folder: Path) -> None:
    with mail_server(Post()) as post:
        settings(folder, post.port)
        with (folder / "estate.toml").open("a", encoding="utf-8") as stream:
            stream.write("every_night = true\n")
        (folder / "acknowledgements.csv").write_text("serial,until,by,reason\nA,tomorrow,me,why\n", encoding="utf-8")
        (folder / "prices.csv").write_text("vendor,list_price\nCisco,much\n", encoding="utf-8")
        result = nightly(Context(str(folder)), utc_now(), None, Quiet())
    assert result is not None
    outcomes = {step.name: step.outcome for step in result.steps}
    assert (outcomes["lifecycle"], outcomes["notices"], outcomes["forecast"]) == ("done", "failed", "failed")
    assert (outcomes["mail"], result.outcome, result.exit_status) == ("done", "failed", 1)
    [mail] = post.mails
    assert "Failed     check: 2 problems in the estate folder" in mail.get_content()
    assert "acknowledgements.csv, row 2, column until: 'tomorrow' is not a date" in mail.get_content()


def test_the_settings_can_be_tried(folder: Path) -> None:
    def notify(*arguments: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(estate, ["--config", str(folder), "notify", *arguments])
        return result.exit_code if result.exception is None else 1, result.stdout, result.stderr

    settings(folder)
    assert notify("--test")[0] == 1
    with mail_server(Post()) as post, hook_server(Hook(answers=[404])) as hook:
        settings(folder, post.port, hook.port)
        result = CliRunner().invoke(estate, ["--config", str(folder), "notify", "--test"], standalone_mode=False)
        assert result.return_value == 1
        assert result.stdout == "mail: the test was taken\n"
        assert "warning: webhook: not sent: 127.0.0.1 answered 404" in result.stderr
        result = CliRunner().invoke(estate, ["--config", str(folder), "notify"], standalone_mode=False)
        assert (result.return_value, result.stdout) == (0, "mail: nothing to tell\nwebhook: nothing to tell\n")
    assert [mail["Subject"] for mail in post.mails] == ["estate: a test"]
