"""Prometheus' snmp_exporter (Go) as an SNMP client: a process that is asked over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

MODULE = "bench"


class Exporter:
    """A running snmp_exporter that asks for some scalars and some columns.

    Args:
        program: where it is.
        module: its module: what to ask for, and how.
    """

    @classmethod
    def installed(cls, scalars: Sequence[str], columns: Sequence[str], repetitions: int, timeout: float) -> Exporter:
        """The one of this machine.

        Raises:
            ImportError: when there is none.
        """
        program = shutil.which("snmp_exporter") or shutil.which("prometheus-snmp-exporter")
        if not program:
            raise ImportError("snmp_exporter")
        index = [{"labelname": "entPhysicalIndex", "type": "gauge"}]
        shown = [*((oid, []) for oid in scalars), *((oid, index) for oid in columns)]
        metrics = [
            {"name": f"object{place}", "oid": oid, "type": "DisplayString", "indexes": indexes, "help": "-"}
            for place, (oid, indexes) in enumerate(shown)
        ]
        module = {"walk": columns, "get": scalars, "metrics": metrics, "max_repetitions": repetitions, "retries": 2}
        return cls(program, module | {"timeout": f"{timeout}s"})

    def __init__(self, program: str, module: Mapping[str, Any]) -> None:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        version = re.search(r"version (\d+)\.(\d+)", said.stdout + said.stderr)
        # before 0.23 a module held how to open a device
        self.old = version is not None and (int(version[1]), int(version[2])) < (0, 23)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        with tempfile.NamedTemporaryFile("w", suffix=".yml", delete=False) as file:
            json.dump(self.settings(module), file)  # JSON is YAML
        self.file = Path(file.name)
        words = [program, f"--config.file={file.name}", f"--web.listen-address=127.0.0.1:{self.port}"]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.before = 0.0

    def settings(self, module: Mapping[str, Any]) -> dict[str, Any]:
        """The module as this release reads it, open to the community ``public``."""
        if self.old:
            return {MODULE: {**module, "version": 2, "auth": {"community": "public"}}}
        return {"auths": {MODULE: {"community": "public", "version": 2}}, "modules": {MODULE: module}}

    async def start(self) -> None:
        """Wait until it listens."""
        for _ in range(200):
            try:
                await self.page("/")
                break
            except OSError:
                await asyncio.sleep(0.05)
        else:
            raise TimeoutError("snmp_exporter does not start")
        self.before = self.used()

    async def scrape(self, place: str) -> str:
        """Its page about a device at ``ADDRESS:PORT``."""
        return await self.page(f"/snmp?target={place}&module={MODULE}" + ("" if self.old else f"&auth={MODULE}"))

    async def page(self, path: str) -> str:
        """A page of it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        text = (await reader.read()).decode()
        writer.close()
        return text

    def used(self) -> float:
        """CPU seconds of it so far (proc(5), stat)."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ended(self) -> dict[str, float]:
        """End it; what it took."""
        cpu = self.used() - self.before
        self.process.kill()
        self.process.wait(10)
        self.file.unlink()
        return {"cpu": cpu}
