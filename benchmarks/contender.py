"""Ways to make one training step, measured in turns: what the comparisons of this folder have in common.

A measurement is a process of its own that prints a JSON document with `images_per_second`. Contenders take turns
in rounds, so that what else the machine does meets all alike; a figure is the median over the rounds, a ratio the
median of the ratios within a round.
"""

import dataclasses
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "build" / "lockstep"

# Cores that others may use before a measurement; more makes it void.
_BUSY_CORES = 0.2


@dataclasses.dataclass
class Contender:
    """One way to make the step, and the images per second of its rounds."""

    name: str
    command: list[str]
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    rates: list[float] = dataclasses.field(default_factory=list)

    def measure(self) -> dict:
        """One process; ends the program where it fails."""
        result = subprocess.run(self.command, env=dict(os.environ, **self.environment), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if result.returncode != 0:
            sys.exit(f"{self.name}: {' '.join(self.command)} ended with {result.returncode}:\n{result.stderr}")
        return json.loads(result.stdout)

    def rate(self) -> float:
        return statistics.median(self.rates)

    def times(self, other: "Contender") -> float:
        """This one's rate as a multiple of the other's, round by round."""
        return statistics.median(mine / theirs for mine, theirs in zip(self.rates, other.rates))


def run_rounds(contenders: list[Contender], rounds: int) -> bool:
    """Measures each contender once a round. False where the machine was busy: the figures are void."""
    quiet = True
    for number in range(rounds):
        for contender in contenders:
            quiet = warn_if_busy() and quiet
            rate = contender.measure()["images_per_second"]
            contender.rates.append(rate)
            print(f"round {number + 1} of {rounds}: {contender.name}: {rate:.1f} images/s", file=sys.stderr)
    return quiet


def warn_if_busy() -> bool:
    """Looks at the machine for a second; False, and a warning, where others use it."""
    busy = _busy_cores(1.0)
    if busy > _BUSY_CORES:
        print(f"warning: {busy:.1f} cores are busy with something else: the comparison is void", file=sys.stderr)
    return busy <= _BUSY_CORES


def _busy_cores(seconds: float) -> float:
    before = _busy_seconds()
    time.sleep(seconds)
    return (_busy_seconds() - before) / seconds


def _busy_seconds() -> float:
    """Of all cores since boot: user, nice, system, irq, softirq (man 5 proc); not idle, iowait, steal."""
    fields = pathlib.Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _iowait, irq, softirq = map(int, fields[:7])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def machine(program: str) -> dict:
    """What a figure depends on besides the case."""
    environment = json.loads(subprocess.run([program, "env", "--json"], text=True, check=True,
                                            stdout=subprocess.PIPE).stdout)
    return {"cpu": _cpu(), "isa": environment["isa"], "cores": environment["cores"],
            "onednn": environment["backends"]["onednn"]["onednn"].split()[0],
            "lockstep": environment["version"], "kernel": platform.release()}


def _cpu() -> str:
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()
