"""Every command's help ends with an example, and what the example says is a command line that exists."""

import shlex
from collections.abc import Iterator

import click
import pytest

from estate.cli import estate


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name)


def parse(words: list[str]) -> tuple[str, ...]:
    """Read a command line as click does, without doing what it says; gives the path of the command."""
    words = words[2:] if words[0] == "--config" else words
    command: click.Command = estate
    path: tuple[str, ...] = ()
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"no command {words[0]}"
        command, path, words = found, (*path, words[0]), words[1:]
    command.make_context("estate", words)
    return path


@pytest.mark.parametrize("path", list(leaves(estate)), ids=" ".join)
def test_every_command_has_an_example_that_is_true(path: tuple[str, ...]) -> None:
    command: click.Command | None = estate
    for name in path:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), name)
    assert command is not None
    help_text = command.get_help(click.Context(command))
    assert "Example:\n" in help_text
    lines = help_text.partition("Example:\n")[2].partition("\n\n")[0].splitlines()
    parts = [part.strip() for line in lines for part in line.replace("&&", ";").split(";")]
    commands = [shlex.split(part.partition(">")[0])[1:] for part in parts if part.startswith("estate ")]
    assert path in [parse(words) for words in commands]
