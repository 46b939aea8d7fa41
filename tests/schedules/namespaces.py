"""A small network of real agents on one machine: network namespaces with veth links, snmpd and lldpd in each."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

COMMUNITY = "of-the-test"
PROGRAMS = ("ip", "lldpd", "lldpcli", "snmpd", "unshare")
_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))


def missing() -> str:
    """Why no such network can be made here; blank where one can."""
    if os.geteuid() != 0:
        return "needs root: it makes network namespaces"
    if absent := [name for name in PROGRAMS if shutil.which(name, path=_PATH) is None]:
        return f"needs {', '.join(absent)} (Debian: apt-get install iproute2 lldpd snmpd)"
    probe = f"estate-probe-{os.getpid()}"
    if subprocess.run(_words("ip", "netns", "add", probe), capture_output=True, check=False).returncode:  # noqa: S603 - the programs found above
        return "this machine does not let root make network namespaces"
    _run("ip", "netns", "del", probe)
    return ""


class Network:
    """Nodes and links between them; everything that was made is taken away by :meth:`close`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._prefix = f"estate{os.getpid()}"
        self._nodes: list[str] = []
        self._links = 0
        self._telling: list[str] = []
        self._running: list[subprocess.Popen[bytes]] = []

    def node(self, name: str) -> None:
        """A network namespace."""
        _run("ip", "netns", "add", self.namespace(name))
        self._nodes.append(name)
        _run("ip", "-n", self.namespace(name), "link", "set", "lo", "up")

    def namespace(self, name: str) -> str:
        """The namespace of a node, as ``ip netns`` calls it."""
        return f"{self._prefix}-{name}"

    def link(self, one: str, other: str, addresses: tuple[str, str] | None = None) -> None:
        """A veth pair between two nodes, each end named after the node at the other."""
        self._links += 1
        ends = (f"e{os.getpid()}a{self._links}"[-15:], f"e{os.getpid()}b{self._links}"[-15:])
        _run("ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
        for place, (end, here, there) in enumerate(zip(ends, (one, other), (other, one), strict=True)):
            name = f"to-{there}"
            _run("ip", "link", "set", end, "netns", self.namespace(here), "name", name)
            _run("ip", "-n", self.namespace(here), "link", "set", name, "up")
            if addresses:
                _run("ip", "-n", self.namespace(here), "address", "add", addresses[place], "dev", name)

    def agents(self, name: str) -> None:
        """Snmpd with LLDP-MIB of lldpd, which tells of itself under the node's name, in the node."""
        home = self._folder / name
        home.mkdir()
        agentx = home / "agentx"
        (home / "snmpd.conf").write_text(
            f"rocommunity {COMMUNITY}\nsysName {name}.example.org\nsysDescr Linux {name}\nmaster agentx\n"
            f"agentXSocket {agentx}\nagentXPerms 0777 0777\nagentaddress udp:161\n"
        )
        self._start(name, "snmpd", "-f", "-C", "-c", f"{home}/snmpd.conf", "-Lf", f"{home}/snmpd.log")
        # a private /run, or the second lldpd of the machine would not start; and a host name of its own. It comes after
        # snmpd: one that finds no AgentX master tries again many seconds later
        script = (
            f"for try in $(seq 200); do test -S {agentx} && break; sleep 0.05; done; "
            f"hostname {name}.example.org; mount -t tmpfs none /run; mkdir -p /run/lldpd; "
            f"exec lldpd -d -x -X {agentx} -u {home}/control -S 'Linux {name}' -I 'to-*,!to-manager'"
        )
        self._start(name, "unshare", "-m", "-u", "sh", "-c", script)
        self._telling.append(name)

    def tell(self) -> None:
        """Let the lldpd of every node tell of itself now; one that does not listen yet does so later."""
        for name in self._telling:
            words = _words("lldpcli", "-u", f"{self._folder}/{name}/control", "update")
            subprocess.run(words, capture_output=True, check=False, timeout=30)  # noqa: S603 - the programs found above

    def call(self, name: str, words: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a program in a node to its end."""
        words = _words("ip", "netns", "exec", self.namespace(name), *words)
        return subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - the programs found above

    def _start(self, name: str, *words: str) -> None:
        log = (self._folder / f"{name}-{words[0]}.log").open("wb")
        with log:
            started = subprocess.Popen(  # noqa: S603 - the programs found above
                _words("ip", "netns", "exec", self.namespace(name), *words), stdout=log, stderr=log
            )
        self._running.append(started)

    def close(self) -> None:
        """End what was started here, and take the namespaces away."""
        for process in self._running:
            process.terminate()
        for process in self._running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
        for name in self._nodes:
            _run("ip", "netns", "del", self.namespace(name))


@contextlib.contextmanager
def network() -> Iterator[Network]:
    """A network for the length of the block."""
    # below pytest's own folder lldpd, which gives up root's rights, could not reach its sockets
    with tempfile.TemporaryDirectory(prefix="estate-net-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        made = Network(Path(folder))
        try:
            yield made
        finally:
            made.close()


def _words(program: str, *rest: str) -> list[str]:
    return [shutil.which(program, path=_PATH) or program, *rest]


def _run(*words: str) -> None:
    subprocess.run(_words(*words), check=True, capture_output=True, timeout=30)  # noqa: S603 - the programs found above
