"""estate.toml: defaults, the environment, unknown keys by name."""

from decimal import Decimal
from pathlib import Path

import pytest

from config.errors import InputError
from config.settings import database_url, load


def write(folder: Path, content: str) -> Path:
    (folder / "estate.toml").write_text(content, encoding="utf-8")
    return folder


def test_defaults_without_a_file(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.fiscal_year_start == "04-01"
    assert settings.cyber_essentials is True
    assert database_url(settings, tmp_path) == f"sqlite:///{tmp_path}/estate.db"


def test_rates_are_the_decimals_that_were_typed(tmp_path: Path) -> None:
    settings = load(write(tmp_path, "irrecoverable_vat_pct = 0.1\nborrowing_rate_pct = '4.35'\n"))
    assert (settings.irrecoverable_vat_pct, settings.borrowing_rate_pct) == (Decimal("0.1"), Decimal("4.35"))


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESTATE_SNMP__TIMEOUT", "5")
    monkeypatch.setenv("ESTATE_HORIZON", "7")
    settings = load(write(tmp_path, "[snmp]\ntimeout = 1.5\nretries = 4\n"))
    assert (settings.snmp.timeout, settings.snmp.retries, settings.horizon) == (5.0, 4, 7)


@pytest.mark.parametrize("name", ["ESTATE_MAIL__TO", "ESTATE_SNMP", "ESTATE_SHOCK__LEAD_DAYS"])
def test_a_list_in_the_environment_that_is_no_json_is_a_mistake_like_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "geheim@a.example")
    with pytest.raises(InputError, match=r"environment.*as JSON") as caught:
        load(tmp_path)
    assert name.split("__", maxsplit=1)[0].removeprefix("ESTATE_").lower() in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_a_folder_of_zones_is_no_zone(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'Europe' is no time zone"):
        load(write(tmp_path, '[schedule]\nzone = "Europe"\n'))


def test_all_mistakes_at_once_and_by_name(tmp_path: Path) -> None:
    lines = ['fiscal_year_start = "31-12"', 'colour = "red"', "[schedule]", 'at = "25:00"', 'zone = "Mars/Base"']
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, "\n".join([*lines, "[snmp]", "speed = 1"])))
    assert {problem.column for problem in caught.value.problems} == {
        "fiscal_year_start",
        "colour",
        "schedule.at",
        "schedule.zone",
        "snmp.speed",
    }
    assert "unknown key" in str(caught.value)


def test_not_toml(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not TOML"):
        load(write(tmp_path, "horizon = = 3\n"))


def test_only_the_site_stands_in_the_name_of_known_hosts(tmp_path: Path) -> None:
    (tmp_path / "estate.toml").write_text('[ssh]\nknown_hosts = "keys/{site}"\n', encoding="utf-8")
    assert load(tmp_path).ssh.known_hosts == "keys/{site}"
    (tmp_path / "estate.toml").write_text('[ssh]\nknown_hosts = "keys/{sites}"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"only \{site\} may stand in braces"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("content", "key", "reason"),
    [
        ('[mail]\nto = ["a@b.example\\r\\nBcc: c@d.example"]\n', "mail.to.0", "no mail address"),
        ('[mail]\nto = ["a@b.example"]\n', "mail", "mail.sender is not"),
        ('[mail]\nuser = "estate"\n', "mail", "belong together"),
        ('[mail]\nuser = "estate"\npassword = "geheim"\n', "mail.password", "not a reference"),
        ('[mail]\nuser = "e"\npassword = "env:P"\ntls = "none"\nhost = "relay"\n', "mail", "in clear"),
        ('[mail]\nhost = "relay example"\n', "mail.host", "pattern"),
        ('[webhook]\nurl = "http://chat.example/geheim"\n', "webhook.url", "must begin with https"),
        ('[webhook]\nurl = "http://127.0.0.1.example/geheim"\n', "webhook.url", "must begin with https"),
        ('[webhook]\nurl = "https://me:geheim@chat.example/"\n', "webhook.url", "holds a user"),
        ('[webhook]\nurl = "ftp://chat.example/geheim"\n', "webhook.url", "must begin with https"),
        ('[webhook]\nurl = "https://chat.example/geheim\\r\\nX: 1"\n', "webhook.url", "is no URL"),
        ('[webhook]\nurl = "https://chat.example:x/geheim"\n', "webhook.url", "is no URL"),
        ('[webhook]\nsecret = "geheim"\n', "webhook.secret", "not a reference"),
    ],
)
def test_where_notices_go_is_checked_and_no_secret_is_repeated(
    tmp_path: Path, content: str, key: str, reason: str
) -> None:
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, content))
    [problem] = caught.value.problems
    assert (problem.column, reason in problem.text) == (key, True), problem
    assert "geheim" not in str(caught.value)


def test_a_webhook_on_this_machine_or_behind_a_reference(tmp_path: Path) -> None:
    for url in ("http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]:9/", "https://chat.example", "env:URL"):
        assert load(write(tmp_path, f'[webhook]\nurl = "{url}"\n')).webhook.url == url


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("base_url", "http://example.test/", "https://"),
        ("base_url", "https://me:word@example.test/", "user"),
        ("base_url", "https://example.test/?key=1", "neither"),
        ("base_url", "file:///etc/passwd", "https://"),
        ("client_secret", "hunter2-in-clear", "not a reference"),
    ],
)
def test_sources_are_asked_over_https_and_secrets_are_references(
    tmp_path: Path, key: str, value: str, reason: str
) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        load(write(tmp_path, f'[lifecycle.cisco_eox]\n{key} = "{value}"\n'))
    assert "hunter2" not in str(caught.value)


def test_a_source_on_this_machine_may_be_asked_in_clear(tmp_path: Path) -> None:
    settings = load(write(tmp_path, '[lifecycle.cisco_eox]\nbase_url = "http://127.0.0.1:8000/"\n'))
    assert settings.lifecycle.cisco_eox.base_url == "http://127.0.0.1:8000/"
