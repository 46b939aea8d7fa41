"""The files that the forecast reads: shapes, and what lies between them."""

import csv
from pathlib import Path

import pytest

import config
from estate.forecast.service import check_files

STARTER = Path(config.__file__).parent / "starter"
FILES = {
    "policy.csv": "policy,kind,line\ncore,switch,Evergreening Capital\n",
    "prices.csv": "policy,list_price\ncore,100\n",
    "lines.csv": "line,theme\nEvergreening Capital,Plumbing\n",
}


def problems(tmp_path: Path, **files: str) -> list[str]:
    for name, content in {**FILES, **{f"{key}.csv": text for key, text in files.items()}}.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return [str(problem) for problem in check_files(tmp_path)]


def test_the_starter_set_is_clean() -> None:
    assert check_files(STARTER) == []


def test_the_starter_set_has_a_row_for_every_kind_of_device_and_says_what_is_assumed() -> None:
    with (STARTER / "policy.csv").open(encoding="utf-8") as file:
        policies = list(csv.DictReader(file))
    from collectors.observation import DEVICE_KINDS  # noqa: PLC0415 - what the set must cover

    assert {row["kind"] for row in policies if not row["role"]} == set(DEVICE_KINDS)
    with (STARTER / "prices.csv").open(encoding="utf-8") as file:
        prices = list(csv.DictReader(file))
    assert {row["policy"] for row in prices} == {row["policy"] for row in policies}
    assert {row["source"] for row in prices} == {"starter assumption: replace with your quote"}


def test_a_clean_folder_and_an_empty_one(tmp_path: Path) -> None:
    assert check_files(tmp_path) == []
    assert problems(tmp_path) == []


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("policy", "policy,kind,line\ncore,switch,Nowhere\n", "policy.csv, row 2, column line: lines.csv has no line"),
        ("prices", "policy,list_price\nedge,1\n", "prices.csv, row 2, column policy: policy.csv has no policy 'edge'"),
        (
            "prices",
            "policy,list_price,currency\ncore,1,USD\n",
            "prices.csv, row 2, column currency: fx.csv has no rate",
        ),
        ("prices", 'policy,list_price\ncore,"1,234"\n', "prices.csv, row 2, column list_price: '1,234' is not a plain"),
        ("prices", "policy,list_price\ncore,-5\n", "prices.csv, row 2, column list_price: -5 is negative"),
        (
            "prices",
            "vendor,part_number,list_price\nCisco,C9300,1\ncisco,c9300,2\n",
            "prices.csv, row 3, column list_price: is not used: prices.csv:2 prices the same",
        ),
        (
            "decisions",
            "decision,kind,site,line\nP1,project,civic,Nowhere\n",
            "decisions.csv, row 2, column line: lines.csv has no line 'Nowhere'",
        ),
        ("prices", "list_price\n5\n", "prices.csv, row 2, column vendor: fill vendor or policy"),
        ("prices", "policy,discount_pct\ncore,142\n", "prices.csv, row 2, column discount_pct: 142 is not between"),
        (
            "indices",
            "series,fy,rate_pct\nhardware,2026/27,3\nhardware,2028/29,3\n",
            "indices.csv, row 3, column fy: hardware has no row for 2027/28",
        ),
        (
            "indices",
            "series,fy,rate_pct\nlabour,2026/27,3\nlabour,2026/27,2\n",
            "indices.csv, row 3, column fy: labour 2026/27 is given twice",
        ),
        ("indices", "series,fy,rate_pct\nfood,2026/27,3\n", "indices.csv, row 2, column series: 'food' is not one of"),
        ("fx", "currency,fy,units_per_gbp\nUSD,2026/27,0\n", "fx.csv, row 2, column units_per_gbp: a rate of 0"),
        (
            "lines",
            "line\nEvergreening Capital\nevergreening capital\n",
            "lines.csv, row 3, column line: is given twice",
        ),
        ("budget", "line,fy,amount\nX,2026/27,1\n", "budget.csv, row 2, column line: lines.csv has no line 'X'"),
        ("budget", "line,fy,amount\nX,2026/28,1\n", "budget.csv, row 2, column fy: '2026/28' is not one year"),
        ("controls", "control,fy,amount\ntheme:X,2026/27,1\n", "controls.csv, row 2, column control: lines.csv has no"),
        ("controls", "control,fy,amount\nrequest,2026/27,\n", "controls.csv, row 2, column amount: must not be blank"),
        ("sites", "site,closes_on\nA,31/03/2027\n", "sites.csv, row 2, column closes_on: '31/03/2027' is not a date"),
    ],
)
def test_mistakes_are_named_with_their_place(tmp_path: Path, file: str, content: str, said: str) -> None:
    assert any(problem.startswith(said) for problem in problems(tmp_path, **{file: content}))


def test_a_line_is_only_a_word_where_there_is_no_lines_csv(tmp_path: Path) -> None:
    (tmp_path / "policy.csv").write_text(FILES["policy.csv"], encoding="utf-8")
    (found,) = check_files(tmp_path)
    assert found.warning


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("funding", "line,fy,source,kind,level,status,amount,decision\n"
                    + "Evergreening Capital,2026/27,reserve,existing,released,approved,5,minute 1\n" * 2),
        ("actuals", "line,fy,kind,amount,on,order\n" + "Evergreening Capital,2026/27,invoiced,5,2026-06-01,PO1\n" * 2),
    ],
)  # fmt: skip
def test_money_that_was_pasted_twice_is_warned_of(tmp_path: Path, file: str, content: str) -> None:
    (said,) = problems(tmp_path, **{file: content})
    assert said.startswith(f"{file}.csv, row 3, column amount: is the same in every column as {file}.csv:2")
    assert all(problem.warning for problem in check_files(tmp_path))
    assert problems(tmp_path, **{file: content.replace(",5,", ",6,", 1)}) == []
