"""What cannot be meant is refused before anything is done: numbers beyond every version, fields that no answer has."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from estate.cli import estate

FAR = str(10**23)
# an argument that a command cannot do without, by the name that its usage line gives it
STANDS_FOR = {"ID": "1", "A": "1", "B": "1", "DIR": "out", "FILE": "page.html", "NAME": "core-1", "REGISTER": "r.csv"}
SIGNED = ("forecast", "sign", "1", "--by", "A. Officer", "--reference", "minute 41")


def numbers(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command line that names a version or a run by a number, with one that is too large."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from numbers(command, (*path, name))
        for asked in command.params if command else ():
            if asked.metavar and asked.metavar.strip("[]") in {"ID", "A", "B"}:
                option = asked.opts[:1] if isinstance(asked, click.Option) else []
                assert command is not None
                needed = [STANDS_FOR[other.make_metavar(context).strip("[]")] if other is not asked else FAR
                          for other in command.params
                          if isinstance(other, click.Argument) and (other.required or other is asked)]  # fmt: skip
                yield (*path, name, *needed, *(("--by", "A", "--reference", "R") if name == "sign" else ()),
                       *((*option, FAR) if option else ()))  # fmt: skip


@pytest.mark.parametrize("line", sorted(set(numbers(estate))), ids=" ".join)
def test_a_number_that_no_version_can_have_is_wrong_usage(line: tuple[str, ...], tmp_path: Path) -> None:
    result = CliRunner().invoke(estate, ["--config", str(tmp_path), *line])
    assert result.exit_code == 2, result.output
    assert f"{FAR} is not in the range" in result.output


@pytest.mark.parametrize(
    "line",
    [
        ("lifecycle", "refresh"),
        ("lifecycle", "load"),
        ("lifecycle", "import", "page.html", "--layout", "juniper"),
        ("discover", "--neighbours", "--accept-all"),
        ("hostkeys", "scan"),
        SIGNED,
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("fields", ["colour", " , "])
def test_a_field_that_the_answer_has_not_is_refused_before_anything_is_done(
    line: tuple[str, ...], fields: str, tmp_path: Path
) -> None:
    result = CliRunner().invoke(estate, ["--config", str(tmp_path), *line, "-f", fields], standalone_mode=False)
    assert "this answer has" in str(result.exception)
    assert not list(tmp_path.iterdir()), "something was done before the refusal"
