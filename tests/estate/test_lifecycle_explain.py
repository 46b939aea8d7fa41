"""``estate lifecycle explain`` and ``wanted``: the chain of a match, and what no source dates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.errors import UsageError
from estate.cli import estate

ASSETS = """\
serial,asset_tag,vendor,part_number,kind,device,quantity,state
FOX1,,Cisco,WS-C3850-24T,switch,core1,1,
FOX2,,Cisco,WS-C3850-12XS-S,switch,core2,1,
FOX3,,Cisco,WS-C9999-1,switch,core3,1,
FOX4,,Cisco,WS-C9999-1,switch,core4,1,
FOX5,,Cisco,WS-C9999-1,switch,old,1,retired
,T6,Acme,AX-1,switch,core5,3,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets.csv").write_text(ASSETS, encoding="utf-8")
    (tmp_path / "estate.toml").write_text('entity = "Havering"\n', encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(estate, ["--config", str(folder), "lifecycle", *arguments], catch_exceptions=False)


def test_a_part_number_is_followed_step_by_step_to_its_row_and_source(folder: Path) -> None:
    text = run(folder, "explain", "ws-c3850-24t").stdout
    assert "tried   ws-c3850-24t: exactly as it is: no row" in text
    assert "licence suffix -S -L or -E added" in text
    assert "found   alias WS-C3850-24T-S in config/lifecycle/cisco-hardware.csv:" in text
    assert "end of support 2025-10-31" in text
    assert "bulletin  EOL13188" in text


def test_a_serial_and_a_device_name_their_units(folder: Path) -> None:
    assert run(folder, "explain", "FOX2").stdout.startswith("switch FOX2 on core2: Cisco WS-C3850-12XS-S")
    assert "at the latest" in run(folder, "explain", "core2").stdout


def test_what_nobody_knows_is_never_called_supported_and_what_is_alike_is_not_matched(folder: Path) -> None:
    text = run(folder, "explain", "WS-C3850-24T-SX", "--vendor", "Cisco").stdout
    assert "near    WS-C3850-24T-S" in text
    assert "(alike, and not matched)" in text
    unknown = run(folder, "explain", "T6").stdout
    assert "its support is unknown, and never counted as supported" in unknown


def test_the_chain_as_json(folder: Path) -> None:
    (record,) = (json.loads(line) for line in run(folder, "explain", "FOX1", "-o", "jsonl").stdout.splitlines())
    assert (record["grade"], record["matched"], record["dates"]["end_of_support"]) == (
        "alias", "WS-C3850-24T-S", "2025-10-31",
    )  # fmt: skip
    assert record["steps"][0]["rows"] == 0
    assert record["steps"][-1]["rows"] == 3


def test_a_name_that_means_nothing_is_a_usage_error(folder: Path) -> None:
    with pytest.raises(UsageError, match="name its --vendor"):
        run(folder, "explain", "XYZ-1")


def test_what_is_wanted_is_counted_and_what_is_out_of_use_is_not(folder: Path) -> None:
    records = [json.loads(line) for line in run(folder, "wanted", "-o", "jsonl").stdout.splitlines()]
    assert [(one["part_number"], one["count"], one["grade"], one["devices"]) for one in records] == [
        ("AX-1", 3, "none", ["core5"]),
        ("WS-C9999-1", 2, "none", ["core3", "core4"]),
        ("WS-C3850-12XS-S", 1, "series", ["core2"]),
    ]


def test_a_row_that_says_nothing_of_support_leaves_a_source_wanted(folder: Path) -> None:
    (folder / "lifecycle").mkdir()
    (folder / "lifecycle" / "ours.csv").write_text(
        "vendor,part_number,end_of_sale,source\nAcme,AX-1,2020-01-31,letter\n", encoding="utf-8"
    )
    records = [json.loads(line) for line in run(folder, "wanted", "-o", "jsonl").stdout.splitlines()]
    assert ("AX-1", "exact") in [(one["part_number"], one["grade"]) for one in records]


OURS = """\
vendor,part_number,end_of_security_support,end_of_support,source,source_type,as_of
Acme,AX-1,2026-06-30,2027-06-30,our reseller,,2026-10-01
Acme,AX-1,,2028-06-30,an older letter,,2025-10-01
"""
POLICY = """\
policy,kind,vendor,lead_days,exposure,tier
outside,switch,Acme,100,internet,edge
inside,switch,,30,internal,core
"""


def test_the_rows_that_lost_are_shown_with_the_reason(folder: Path) -> None:
    (folder / "lifecycle").mkdir()
    (folder / "lifecycle" / "ours.csv").write_text(OURS, encoding="utf-8")
    (folder / "lifecycle" / "cisco.csv").write_text(
        "vendor,part_number,end_of_support,source\nCisco,WS-C3850-24T-S,2026-03-31,our reseller\n", encoding="utf-8"
    )
    text = run(folder, "explain", "AX-1", "--vendor", "Acme", "--as-of", "2026-11-28").stdout
    assert "source  our reseller, known as of 2026-10-01, 58 days ago" in text
    assert (
        "lost    lifecycle/ours.csv:3 says end of support 2028-06-30: the other one is newer: 2026-10-01, "
        "this one 2025-10-01"
    ) in text
    text = run(folder, "explain", "WS-C3850-24T-S").stdout
    assert "found   exact WS-C3850-24T-S in lifecycle/cisco.csv:2" in text
    assert "source  our reseller, age not known" in text
    assert "end of support 2025-10-31: the council's own row counts" in text


def test_which_date_binds_and_why(folder: Path) -> None:
    (folder / "lifecycle").mkdir()
    (folder / "lifecycle" / "ours.csv").write_text(OURS, encoding="utf-8")
    (folder / "policy.csv").write_text(POLICY, encoding="utf-8")
    (folder / "decisions.csv").write_text(
        "decision,kind,device,expires,approver\nW-1,waiver,core5,2099-03-31,CIO\n", encoding="utf-8"
    )
    (folder / "estate.toml").write_text('entity = "Havering"\ncyber_essentials = false\n', encoding="utf-8")
    text = run(folder, "explain", "T6", "--as-of", "2026-11-28").stdout
    assert "policy  outside (policy.csv:2): exposure internet, tier edge" in text
    assert (
        "binds   end of security support 2026-06-30: policy outside (policy.csv:2) has exposure internet: "
        "the earlier of the two ends binds"
    ) in text
    assert "state   unsupported; ending from 100 days before its date" in text
    assert "beside  waiver W-1 until 2099-03-31 (decisions.csv:2, approved by CIO)" in text
    (record,) = json.loads(run(folder, "explain", "T6", "--as-of", "2026-11-28", "-o", "json").stdout)
    assert (record["state"], record["milestone"], record["exposure"], record["age_days"]) == (
        "unsupported", "end_of_security_support", "internet", 58,
    )  # fmt: skip
    assert [(one["row"], one["differs"]) for one in record["lost"]] == [("lifecycle/ours.csv:3", True)]
    (folder / "policy.csv").write_text(POLICY.replace("internet", "internal"), encoding="utf-8")
    text = run(folder, "explain", "T6", "--as-of", "2026-11-28").stdout
    assert "binds   end of support 2027-06-30: policy outside (policy.csv:2) has exposure internal" in text
    (folder / "estate.toml").write_text('entity = "Havering"\ncyber_essentials = true\n', encoding="utf-8")
    assert "2026-06-30: cyber_essentials in estate.toml" in run(folder, "explain", "T6").stdout
    assert "state   unknown" in run(folder, "explain", "FOX3").stdout
    assert "counts  not: retired" in run(folder, "explain", "FOX5").stdout


def test_what_was_known_before_a_load_changed_it(folder: Path) -> None:
    (folder / "lifecycle").mkdir()
    pack = folder / "lifecycle" / "ours.csv"
    pack.write_text(OURS, encoding="utf-8")
    assert json.loads(run(folder, "explain", "T6", "-o", "json").stdout)[0]["recorded_from"] is None
    run(folder, "load")
    pack.write_text(OURS.replace("2027-06-30", "2027-09-30"), encoding="utf-8")
    (record,) = json.loads(run(folder, "explain", "T6", "-o", "json").stdout)
    assert (record["recorded_from"], record["earlier"]) == (None, [])  # the file says so, and no load has yet
    run(folder, "load")
    (record,) = json.loads(run(folder, "explain", "T6", "-o", "json").stdout)
    (earlier,) = record["earlier"]
    assert earlier["says"] == "end of security support 2026-06-30, end of support 2027-06-30"
    assert earlier["since"] <= earlier["until"] == record["recorded_from"]
    text = run(folder, "explain", "T6").stdout
    assert "earlier end of security support 2026-06-30, end of support 2027-06-30 (our reseller), as known from" in text
    assert "since then we have known it so" in text


def test_a_blank_name_is_wrong_usage_and_not_everything_that_has_none(folder: Path) -> None:
    with pytest.raises(UsageError, match="name a part number"):
        run(folder, "explain", " ")
