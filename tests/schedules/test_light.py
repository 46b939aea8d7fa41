"""The command line stays light: asking for help loads none of the heavy libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("alembic", "altair", "apscheduler", "asyncssh", "jinja2", "netmiko", "numpy", "openpyxl", "pandas", "paramiko",
         "pydantic", "pysnmp", "rich", "sqlalchemy", "structlog", "vl_convert", "xlsxwriter")  # fmt: skip

PROGRAM = """
import sys
from estate.cli import estate
try:
    estate.main(sys.argv[1:], prog_name="estate", standalone_mode=False)
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    ["--help", "check --help", "collect --help", "nightly --help", "schedule run --help", "runs --help",
     "runs show --help", "init --help", "notices --help", "notify --help", "evidence --help"],
)  # fmt: skip
def test_help_is_light(arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, *arguments.split()], capture_output=True, text=True, timeout=60, check=True
    )
    assert "Usage: estate" in done.stdout
    assert [name for name in HEAVY if name in done.stderr.split()] == []
