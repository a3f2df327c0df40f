"""Compares a full training step with PyTorch's, in interleaved rounds, and prints a table or JSON.

Each side is a process of its own: `lockstep bench step`, PyTorch as users meet it (plain), and PyTorch at
its best: eager or compiled, channels_last or not, a fused optimizer, one OpenMP thread a core, and glibc
told to keep freed memory and to use huge pages. A figure is the median over the rounds; the ratios stand
beside each other in one run.

  scripts/setup.sh --interop
  python3 benchmarks/compare_pytorch.py --model lenet --batch 128 --threads 2
"""

import argparse
import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv" / "interop" / "bin" / "python"

# Freed activations stay with the process, and its large blocks lie on huge pages.
_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": "68719476736",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TOP_PAD_": "67108864",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


@dataclasses.dataclass
class Contender:
    """One way to make the step, and the images per second of its rounds."""

    name: str
    command: list[str]
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    rates: list[float] = dataclasses.field(default_factory=list)

    def run_round(self) -> None:
        result = subprocess.run(self.command, env=dict(os.environ, **self.environment), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if result.returncode != 0:
            sys.exit(f"{self.name}: {' '.join(self.command)} ended with {result.returncode}:\n"
                     f"{result.stderr}")
        self.rates.append(json.loads(result.stdout)["images_per_second"])

    def rate(self) -> float:
        return statistics.median(self.rates)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="lenet")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--program", default=str(ROOT / "build" / "lockstep"))
    parser.add_argument("--python", default=str(PYTHON), help="a Python that has torch")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def contenders(options: argparse.Namespace) -> tuple[Contender, Contender, list[Contender]]:
    """Lockstep, plain PyTorch, and the ways among which PyTorch's best is."""
    step = ["--model", options.model, "--batch", str(options.batch),
            "--threads", str(options.threads), "--seconds", str(options.seconds)]
    pytorch = [options.python, str(ROOT / "benchmarks" / "pytorch_step.py"), *step]
    threads = {"OMP_NUM_THREADS": str(options.threads), "OMP_PLACES": "cores", "OMP_PROC_BIND": "close"}
    tuned = []
    for mode in ([], ["--compile"]):
        for layout in ([], ["--channels-last"]):
            flags = mode + layout + ["--fused"]
            name = "PyTorch " + " ".join(flag.removeprefix("--") for flag in flags) + ", tuned"
            tuned.append(Contender(name, pytorch + flags, _MEMORY | threads))
    ours = Contender("Lockstep", [options.program, "bench", "step", *step, "--json"])
    return ours, Contender("PyTorch plain", pytorch), tuned


def report(ours: Contender, others: list[Contender]) -> list[dict]:
    """A row for each: the median, the spread, and ours as a multiple of it, round by round."""
    rows = []
    for contender in [ours, *others]:
        ratios = [mine / theirs for mine, theirs in zip(ours.rates, contender.rates)]
        rows.append({"name": contender.name, "images_per_second": contender.rate(),
                     "least": min(contender.rates), "most": max(contender.rates),
                     "lockstep_is_times": statistics.median(ratios)})
    return rows


def main() -> None:
    options = arguments()
    ours, plain, tuned = contenders(options)
    for number in range(options.rounds):
        for contender in [ours, plain, *tuned]:
            print(f"round {number + 1} of {options.rounds}: {contender.name}", file=sys.stderr)
            contender.run_round()
    best = max(tuned + [plain], key=Contender.rate)
    rows = report(ours, [plain, *tuned])
    if options.json:
        print(json.dumps({"model": options.model, "batch": options.batch, "threads": options.threads,
                          "rounds": options.rounds, "best_pytorch": best.name, "rows": rows}))
        return
    print(f"{options.model}, batch {options.batch}, {options.threads} threads, float32, "
          f"median of {options.rounds} rounds\n")
    print(f"{'':44}{'images/s':>10}{'least':>10}{'most':>10}{'Lockstep is':>13}")
    for row in rows:
        mark = " *" if row["name"] == best.name else ""
        print(f"{row['name'] + mark:44}{row['images_per_second']:10.0f}{row['least']:10.0f}"
              f"{row['most']:10.0f}{row['lockstep_is_times']:12.2f}x")
    print("\n* PyTorch at its best")


if __name__ == "__main__":
    main()
