"""What the documentation shows is run: every console example, and every command has help with an example."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from estate.cli import COMMANDS, estate

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
EXAMPLES = [
    (page.name, line.removeprefix("$ "))
    for page in PAGES
    for block in re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
    if line.startswith("$ ")
]
ASSETS = """\
serial,vendor,part_number,kind,role,site,device,installed_on
FOC1234X0AB,Cisco,WS-C3750X-48PF-S,switch,edge,depot,dp-edge-1,2014-05-01
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An estate folder with one declared device and one forecast, beside which the examples are typed."""
    parent = tmp_path_factory.mktemp("docs")
    typed("estate init estate", parent)
    (parent / "estate" / "assets.csv").write_text(ASSETS, encoding="utf-8")
    typed("estate forecast run", parent / "estate")
    return parent / "estate"


def typed(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", *shlex.split(command)]
    path = {"PYTHONPATH": str(ROOT), "HOME": str(folder), "PATH": "/usr/bin:/bin"}
    return subprocess.run(  # noqa: S603 - the words stand in our own documentation
        words, cwd=folder, env=path, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(("page", "command"), EXAMPLES)
def test_an_example_of_the_docs_runs(page: str, command: str, folder: Path) -> None:
    done = typed(command, folder)
    assert done.returncode == 0, f"{page}: {command}\n{done.stderr}"


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 10


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


def commands(group: click.Group, path: str) -> list[tuple[str, click.Command]]:
    context = click.Context(group)
    found: list[tuple[str, click.Command]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found.append((f"{path} {name}", command))
        if isinstance(command, click.Group):
            found += commands(command, f"{path} {name}")
    return found


@pytest.mark.parametrize(("path", "command"), commands(estate, "estate"))
def test_every_command_has_help_with_an_example(path: str, command: click.Command) -> None:
    if isinstance(command, click.Group) and not command.invoke_without_command:
        return
    help_text = command.get_help(click.Context(command, info_name=path))
    assert "Example:" in help_text
    assert path in help_text.split("Example:")[1]


def test_the_list_of_commands_is_in_step() -> None:
    for name, (_, line) in COMMANDS.items():
        assert line.endswith("."), name
