"""What SNMP costs: the engine and its peers side by side, in one run on one machine.

    python benchmarks/snmp.py [--captures FOLDER] [--peers PYTHON] [--runs N] [--mix N] [--json FILE]

An agent written in C, far faster than any client, answers as three captures do: a small, a medium and a large one by
their physical entities. Each client asks in processes of its own, one after the other in turns, and the medians of
their CPU time count. FOLDER holds ``.snmprec`` files; without it the package snmpsim-data has them. PYTHON is another
interpreter that has the peers which this one has not; who is nowhere is named as absent. Then the engine asks the mix:
5,000 devices, most of them small, at 20 ms from here, once without and once with loss.

The machine's other work falls on all clients alike, but not evenly: look at the ratios, and run it again. How long the
mix takes is counted without the time in which other processes had the processor, and both are printed.
"""

from __future__ import annotations

import argparse
import bz2
import json
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from snmp_clients import ABSENT, CLIENTS, COLUMNS, SYSTEM

from collectors.engine.ber import name_octets
from collectors.lab.captures import package_captures

HERE = Path(__file__).parent
ENTITY_CLASS = "1.3.6.1.2.1.47.1.1.1.1.5."
SUBTREES = ("1.3.6.1.2.1.1", "1.3.6.1.2.1.47")
# Physical entities of the three captures: the nearest of a folder are taken.
SIZES = {"small": 5, "medium": 60, "large": 754}
OCTETS = {"small": 1, "medium": 2, "large": 3}
IN_FLIGHT = 50
# Devices of one measurement: about as long for each client.
DEVICES = {
    "floor": {"small": 4000, "medium": 2000, "large": 200},
    "engine": {"small": 4000, "medium": 1500, "large": 150},
    "gufo_snmp": {"small": 2500, "medium": 800, "large": 100},
    "snmp_exporter": {"small": 2500, "medium": 800, "large": 100},
    "pysnmp at its best": {"small": 100, "medium": 20, "large": 2},
    "pysnmp as documented": {"small": 30, "medium": 8, "large": 1},
    "snmpbulkwalk": {"small": 30, "medium": 20, "large": 6},
    "ezsnmp": {"small": 100, "medium": 30, "large": 4},
}
# The largest are asked first, as a night does that knows them from the one before.
MIX = {"large": 0.05, "medium": 0.25, "small": 0.70}
MIX_IN_FLIGHT = 500
DELAY, LOSS = 20, 5  # ms, %
# The bar: how many times less CPU than each peer on the medium capture, how many times the floor, and the mix against
# what its requests take at this distance if nothing else does.
LESS = {
    "pysnmp as documented": 150.0, "pysnmp at its best": 50.0, "ezsnmp": 8.0, "snmpbulkwalk": 8.0, "gufo_snmp": 1.5,
    "snmp_exporter": 1.5,
}  # fmt: skip
MOST_FLOOR, MOST_MIX = 35.0, 2.7


@dataclass
class Figures:
    """All that a run measured: CPU in ms a device and requests a device, by client and size."""

    captures: dict[str, str]
    entities: dict[str, int]
    cpu: dict[str, dict[str, float]] = field(default_factory=dict)
    requests: dict[str, dict[str, float]] = field(default_factory=dict)
    variables: dict[str, dict[str, float]] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    mix: dict[str, dict[str, float]] = field(default_factory=dict)
    bar: list[dict[str, Any]] = field(default_factory=list)


def opened(path: Path) -> bytes:
    """The text of a capture."""
    data = path.read_bytes()
    return bz2.decompress(data) if path.suffix == ".bz2" else data


def below(text: bytes, subtrees: Sequence[str]) -> bytes:
    """The lines of a capture below some object identifiers; some captures have millions that nobody here asks for."""
    starts = tuple(f"{oid}.".encode() for oid in subtrees)
    return b"".join(line for line in text.splitlines(keepends=True) if line.startswith(starts))


def chosen(folder: Path | None) -> dict[str, tuple[Path, int]]:
    """The captures whose physical entities are nearest to each size, and how many those are."""
    paths = sorted(folder.glob("**/*.snmprec*")) if folder else sorted(set(package_captures().values()))
    counts = {path: opened(path).count(f"\n{ENTITY_CLASS}".encode()) for path in paths}
    return {
        size: min(((path, count) for path, count in counts.items() if count), key=lambda item: abs(item[1] - wanted))
        for size, wanted in SIZES.items()
    }


class Agent:
    """The replay agent, running."""

    def __init__(
        self,
        program: Path,
        captures: Mapping[str, Path],
        delay: int = 0,
        loss: int = 0,
        octets: Mapping[str, int] = OCTETS,
    ) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        words = [str(program), str(self.port), "-d", str(delay), "-l", str(loss)]
        words += [f"{octets[size]}={path}" for size, path in captures.items()]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        self._line()

    def _line(self) -> str:
        if self.process.stdout is None:
            raise RuntimeError("no pipe")
        return self.process.stdout.readline()

    def asked(self) -> dict[str, int]:
        """Requests and variables since the last time."""
        self.process.send_signal(signal.SIGUSR1)
        found: dict[str, int] = json.loads(self._line())
        return found


@contextmanager
def agent(program: Path, captures: dict[str, Path], delay: int = 0, loss: int = 0) -> Iterator[Agent]:
    """An agent for the length of the block."""
    running = Agent(program, captures, delay, loss)
    try:
        yield running
    finally:
        running.process.terminate()
        running.process.wait(10)


def built(name: str, folder: Path) -> Path:
    """A program of this folder, compiled."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not compiler:
        sys.exit("a C compiler is needed for the agent: install gcc, or set PATH")
    program = folder / name
    subprocess.run([compiler, "-O2", "-o", program, HERE / f"{name}.c"], check=True)
    return program


def ask(name: str, pythons: list[str], port: int, in_flight: int, plan: str) -> dict[str, float] | None:
    """One measurement of a client, by the first interpreter that has it; None where none has."""
    for python in pythons:
        words = [python, str(HERE / "snmp_clients.py"), name, str(port), str(in_flight), plan]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            if done.stderr:
                print(done.stderr[:1000], file=sys.stderr)
            found: dict[str, float] = json.loads(done.stdout)
            return found
        if done.returncode != ABSENT:
            sys.exit(f"{name} failed: {done.stderr[-2000:]}")
    return None


def floor(program: Path, port: int, size: str, devices: int) -> dict[str, float]:
    """One measurement of the floor."""
    names = [name_octets(oid).hex() for oid in SYSTEM]
    columns = [name_octets(oid).hex() for oid in COLUMNS]
    words = [str(program), str(port), str(OCTETS[size]), str(devices), str(IN_FLIGHT)]
    done = subprocess.run(
        [*words, f"{','.join(names)}={','.join(columns)}"], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def side_by_side(figures: Figures, programs: Path, captures: dict[str, Path], pythons: list[str], runs: int) -> None:
    """Every client on every size, in turns."""
    found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    with agent(programs / "replay_agent", captures) as running:
        for turn in range(runs):
            for size in SIZES:
                for name in ("floor", *CLIENTS):
                    if name in figures.absent:
                        continue
                    devices = DEVICES[name][size]
                    running.asked()
                    if name == "floor":
                        said: dict[str, float] | None = floor(programs / "floor", running.port, size, devices)
                    else:
                        said = ask(name, pythons, running.port, IN_FLIGHT, f"{OCTETS[size]}={devices}")
                    if said is None:
                        figures.absent.append(name)
                        continue
                    found[name, size].append(1000 * said["cpu"] / devices)
                    figures.requests.setdefault(name, {})[size] = running.asked()["requests"] / devices
                    figures.variables.setdefault(name, {})[size] = said["variables"] / devices
            print(f"turn {turn + 1} of {runs} done", file=sys.stderr)
    for (name, size), values in found.items():
        figures.cpu.setdefault(name, {})[size] = statistics.median(values)


def mixed(figures: Figures, program: Path, captures: dict[str, Path], pythons: list[str], devices: int) -> None:
    """The engine over many devices at a distance, without and with loss."""
    plan = ",".join(f"{OCTETS[size]}={round(devices * share)}" for size, share in MIX.items())
    for name, loss in (("as it is", 0), (f"{LOSS} % lost", LOSS)):
        with agent(program, captures, DELAY, loss) as running:
            said = ask("engine", pythons, running.port, MIX_IN_FLIGHT, plan)
            if said is None:
                sys.exit("the engine is not installed in this interpreter")
            requests = running.asked()["requests"]
        least = requests * DELAY / 1000 / MIX_IN_FLIGHT
        wanted = sum(figures.variables["engine"][size] * round(devices * share) for size, share in MIX.items())
        figures.mix[name] = {**said, "requests": requests, "least": least, "missing": wanted - said["variables"]}


def judged(figures: Figures) -> None:
    """Hold the figures against the bar."""
    own = figures.cpu["engine"]["medium"]
    for name, times in LESS.items():
        if name in figures.cpu:
            ratio = figures.cpu[name]["medium"] / own
            figures.bar.append({"what": f"less CPU than {name}", "is": ratio, "bar": times, "holds": ratio >= times})
    ratio = own / figures.cpu["floor"]["medium"]
    figures.bar.append({"what": "times the C floor", "is": ratio, "bar": MOST_FLOOR, "holds": ratio <= MOST_FLOOR})
    if not figures.mix:
        return
    plain, lossy = figures.mix.values()
    if plain["least"] > 1:  # a small mix is over before all its devices are in flight
        ratio = (plain["wall"] - plain["queued"]) / plain["least"]
        what = "times the mix's least, on a free core"
        figures.bar.append({"what": what, "is": ratio, "bar": MOST_MIX, "holds": ratio <= MOST_MIX})
    for what, said in (("rows missing in the mix", plain), (f"rows missing with {LOSS} % lost", lossy)):
        figures.bar.append({"what": what, "is": said["missing"], "bar": 0, "holds": not said["missing"]})


def told(figures: Figures) -> None:
    """Print the tables."""
    for size, path in figures.captures.items():
        print(f"{size:8} {figures.entities[size]:4} physical entities  {Path(path).name}")
    print(
        f"\nCPU ms a device (requests a device), {IN_FLIGHT} in flight; the ratio to the engine on the medium capture"
    )
    print(f"{'':22}{'small':>16}{'medium':>16}{'large':>18}{'ratio':>9}{'variables':>11}")
    own = figures.cpu["engine"]["medium"]
    for name, sizes in figures.cpu.items():
        cells = (f"{sizes[size]:.3f} ({figures.requests[name][size]:.0f})" for size in SIZES)
        small, medium, large = cells
        variables = figures.variables[name]["medium"]
        print(f"{name:22}{small:>16}{medium:>16}{large:>18}{sizes['medium'] / own:>9.2f}{variables:>11.0f}")
    for name in figures.absent:
        print(f"{name:22}absent: not installed in any interpreter that was named")
    for name, said in figures.mix.items():
        print(f"\nmix, {DELAY} ms, {MIX_IN_FLIGHT} in flight, {name}:", end=" ")
        print(f"{said['wall']:.1f} s wall, of which {said['queued']:.1f} s waiting for a processor;", end=" ")
        print(f"{said['cpu']:.1f} s CPU; least {said['least']:.1f} s")
        print(f"    {said['requests']:.0f} requests, {said['incomplete']:.0f} devices incomplete,", end=" ")
        print(f"{said['missing']:.0f} variables missing, {said['dropped']:.0f} dropped by the kernel")
    print()
    for item in figures.bar:
        print(f"{'holds' if item['holds'] else 'FAILS':6} {item['what']:40}{item['is']:10.2f}   bar {item['bar']:g}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--captures", type=Path, help="a folder of .snmprec files; by default those of snmpsim-data")
    parser.add_argument("--peers", metavar="PYTHON", help="an interpreter that has gufo_snmp and ezsnmp")
    parser.add_argument("--runs", type=int, default=3, help="measurements of each client; the median counts")
    parser.add_argument("--mix", type=int, default=5000, help="devices of the mix; 0 leaves it out")
    parser.add_argument("--json", type=Path, help="write all figures there too")
    options = parser.parse_args()
    picked = chosen(options.captures)
    with tempfile.TemporaryDirectory() as name:
        folder, captures = Path(name), dict[str, Path]()
        for size, (path, _) in picked.items():
            captures[size] = folder / f"{size}.snmprec"
            captures[size].write_bytes(below(opened(path), SUBTREES))
        for program in ("replay_agent", "floor"):
            built(program, folder)
        figures = Figures(
            {size: str(path) for size, (path, _) in picked.items()},
            {size: count for size, (_, count) in picked.items()},
        )
        pythons = [sys.executable, *([options.peers] if options.peers else [])]
        side_by_side(figures, folder, captures, pythons, options.runs)
        if options.mix:
            mixed(figures, folder / "replay_agent", captures, pythons, options.mix)
    judged(figures)
    told(figures)
    if options.json:
        options.json.write_text(json.dumps(asdict(figures), indent=2) + "\n")


if __name__ == "__main__":
    main()
