"""The kinds of values that a command line takes."""

import click
import pytest
from click.testing import CliRunner

from estate.command import Window


@pytest.mark.parametrize(("text", "days"), [("90d", 90), ("18m", 548), ("2y", 730), ("1W", 7)])
def test_spans(text: str, days: int) -> None:
    assert Window().convert(text, None, None) == days


def test_a_wrong_span_is_wrong_usage() -> None:
    @click.command()
    @click.option("--within", type=Window())
    def command(within: int) -> None:
        del within

    result = CliRunner().invoke(command, ["--within", "soon"])
    assert result.exit_code == 2
    assert "write 90d, 18m or 2y" in result.output
