"""The platform rules: those that ship are sound, and mistakes are named with file and rule."""

from __future__ import annotations

import re
import time
import tomllib
from importlib.resources import files

import pytest

from collectors.rule_files import RuleError, load_rules, parse_rules

RULE = """
vendor = "Acme"
[[platform]]
name = "acme-switch"
kind = "switch"
match = [{ sysObjectID = "1.3.6.1.4.1.99999.1" }]
serial = [{ object = "ACME-MIB::serial", oid = "1.3.6.1.4.1.99999.2.1.0" }]
"""


def test_the_shipped_rules_load_and_cover_the_estate() -> None:
    rules = load_rules()
    assert len(rules.platforms) >= 100
    assert len(rules.enterprises) >= 150
    assert {p.kind for p in rules.platforms.values()} >= {"switch", "router", "firewall", "ups", "pdu", "storage"}


def test_every_object_is_named() -> None:
    for platform in load_rules().platforms.values():
        for sources in platform.sources.values():
            for source in sources:
                assert not source.oid or re.fullmatch(r"[\w.-]+::[\w.-]+", source.label), (platform.name, source)


def test_the_ssh_table_of_a_rule_is_passed_on_untouched() -> None:
    text = RULE + '[platform.ssh]\ndriver = "acme_os"\ncommands = ["show version"]\n'
    platform = parse_rules({"acme.toml": text}).platform("acme-switch")
    assert platform is not None
    assert platform.ssh == {"driver": "acme_os", "commands": ["show version"]}
    assert parse_rules({"acme.toml": RULE}).platform("nothing") is None


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('kind = "switch"', 'kind = "toaster"', "'toaster' is none of"),
        ('kind = "switch"', 'kind = "switch"\ncolour = "red"', "unknown key colour"),
        ('"ACME-MIB::serial"', '"serial"', "needs its object's name"),
        ('"1.3.6.1.4.1.99999.2.1.0"', '".1.3.6"', "is not an OID"),
        ("{ object =", "{ sysDescr = '(a+)+', object =", "repeats a repetition"),
        ('kind = "switch"', 'kind = "switch"\nlike = "acme-switch"', "no such other platform"),
        ('kind = "switch"', "kind = ", "is not TOML"),
        ('kind = "switch"', "kind = \"switch\"\nmodel = [{ sysDescr = 'no group' }]", "needs 1 in round brackets"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_rule(old: str, new: str, complaint: str) -> None:
    text = RULE.replace(old, new)
    if "sysDescr = '(a+)+'" in new:
        text = RULE.replace("[{ object", "[{ sysDescr = '(a+)+' }, { object")
    with pytest.raises(RuleError, match=re.escape(complaint)) as raised:
        parse_rules({"acme.toml": text})
    assert "acme.toml" in str(raised.value)


def test_the_longest_sysobjectid_wins_then_the_one_that_fits_sysdescr() -> None:
    rules = load_rules()

    def chosen(object_id: str, descr: str) -> str | None:
        platform = rules.choose(object_id, descr)
        return platform.name if platform else None

    assert chosen("1.3.6.1.4.1.9.1.617", "Cisco IOS Software, C3560 Software, Version 12.2") == "cisco-ios"
    assert chosen("1.3.6.1.4.1.9.1.2494", "Cisco IOS Software [Cupertino], Catalyst (CAT9K_IOSXE)") == "cisco-ios-xe"
    assert chosen("1.3.6.1.4.1.9.1.1", "something") == "cisco"
    assert chosen("1.3.6.1.4.1.9.12.3.1.3.1062", "Cisco NX-OS(tm) ucs, Software (ucs-6100)") == "cisco-ucs-fi"
    assert chosen("1.3.6.1.4.1.8072.3.2.10", "Linux host 5.10") == "linux"
    assert chosen("1.3.6.1.4.1.8072.3.2.10", "Barracuda Load Balancer") == "barracuda"
    assert chosen("1.3.6.1.4.1.318999.1", "") is None


def test_no_shipped_pattern_takes_long_on_hostile_text() -> None:
    folder = files("config") / "platforms"
    names = [item.name for item in folder.iterdir() if item.name.endswith(".toml")]
    patterns = {
        value
        for name in names
        for value in _texts(tomllib.loads((folder / name).read_text(encoding="utf-8")))
        if any(char in value for char in "\\^[(")
    }
    hostile = [unit * (1024 // len(unit)) for unit in ("a", "1.", "A-1 ", "Version ", "(", "HP ", "Cisco ", "1A")]
    compiled = [re.compile(pattern) for pattern in patterns if _compiles(pattern)]
    started = time.process_time()
    for pattern in compiled:
        for text in hostile:
            pattern.search(text)
    assert time.process_time() - started < 10
    assert len(compiled) > 100


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    return [text for item in value for text in _texts(item)] if isinstance(value, list) else []


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
