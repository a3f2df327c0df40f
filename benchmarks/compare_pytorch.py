"""Compares full training steps with PyTorch's, in interleaved rounds, and prints a table (Markdown) or JSON.

Each side is a process of its own: `lockstep bench step`, PyTorch as users meet it (plain), and PyTorch at its
best: a fused optimizer, one OpenMP thread a core, glibc told to keep freed memory and to use huge pages, and
whichever is fastest of eager and compiled, channels_last and not. That way is found by one measurement of each
before the rounds.

  scripts/setup.sh --interop
  python3 benchmarks/compare_pytorch.py --case resnet50-bf16 --case lenet-f32 --threads 2
  python3 benchmarks/compare_pytorch.py --all
"""

import argparse
import dataclasses
import json
import pathlib
import shutil
import sys

from contender import PROGRAM, ROOT, Contender, machine, run_rounds, warn_if_busy

PYTHON = ROOT / ".venv" / "interop" / "bin" / "python"

# Freed activations stay with the process, and its large blocks lie on huge pages.
_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": "68719476736",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TOP_PAD_": "67108864",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


@dataclasses.dataclass
class Case:
    """What is trained. Images have the preset's size."""

    model: str
    precision: str
    batch: int
    classes: int


CASES = {
    "resnet50-f32": Case("resnet50", "F32", 16, 1000),
    "resnet50-bf16": Case("resnet50", "BF16", 16, 1000),
    "resnet18_cifar-f32": Case("resnet18_cifar", "F32", 64, 10),
    "resnet18_cifar-bf16": Case("resnet18_cifar", "BF16", 64, 10),
    "lenet-f32": Case("lenet", "F32", 128, 10),
}


@dataclasses.dataclass
class Result:
    """The contenders of one case after their rounds."""

    name: str
    ours: Contender
    plain: Contender
    best: Contender
    quiet: bool

    def row(self) -> dict:
        return {"case": self.name, "lockstep": self.ours.rate(), "pytorch_plain": self.plain.rate(),
                "pytorch_best": self.best.rate(), "best_way": self.best.name,
                "times_plain": self.ours.times(self.plain), "times_best": self.ours.times(self.best),
                "rates": {contender.name: contender.rates for contender in (self.ours, self.plain, self.best)},
                "void": not self.quiet}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--case", action="append", choices=list(CASES), help="may be repeated")
    chosen.add_argument("--all", action="store_true", help="every case")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--program", default=str(PROGRAM))
    parser.add_argument("--python", default=str(PYTHON), help="a Python that has torch and torchvision")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def lockstep(case: Case, options: argparse.Namespace) -> Contender:
    return Contender("Lockstep", [
        options.program, "bench", "step", "--model", case.model, "--batch", str(case.batch),
        "--precision", case.precision, "--threads", str(options.threads), "--seconds", str(options.seconds),
        "--set", f"model.classes={case.classes}", "--json"])


def pytorch(case: Case, options: argparse.Namespace) -> list[str]:
    return [options.python, str(pathlib.Path(__file__).with_name("pytorch_step.py")), "--model", case.model,
            "--batch", str(case.batch), "--precision", case.precision, "--classes", str(case.classes),
            "--threads", str(options.threads), "--seconds", str(options.seconds)]


def tuned_ways(case: Case, options: argparse.Namespace) -> list[Contender]:
    """The ways among which PyTorch's best is; compiled ones need a C++ compiler."""
    threads = {"OMP_NUM_THREADS": str(options.threads), "OMP_PLACES": "cores", "OMP_PROC_BIND": "close"}
    modes = [[], ["--compile"]] if shutil.which("g++") else [[]]
    ways = []
    for mode in modes:
        for layout in ([], ["--channels-last"]):
            name = " ".join(["compiled" if mode else "eager"] + [flag.removeprefix("--") for flag in layout])
            ways.append(Contender(name, pytorch(case, options) + mode + layout + ["--fused"], _MEMORY | threads))
    return ways


def fastest(ways: list[Contender]) -> Contender:
    """By one measurement each, which is not counted."""
    rates = {}
    for way in ways:
        rates[way.name] = way.measure()["images_per_second"]
        print(f"PyTorch {way.name}: {rates[way.name]:.1f} images/s", file=sys.stderr)
    return max(ways, key=lambda way: rates[way.name])


def compare(name: str, options: argparse.Namespace) -> Result:
    case = CASES[name]
    print(name, file=sys.stderr)
    quiet = warn_if_busy()
    ours, plain = lockstep(case, options), Contender("PyTorch plain", pytorch(case, options))
    best = fastest(tuned_ways(case, options))
    quiet = run_rounds([ours, plain, best], options.rounds) and quiet
    return Result(name, ours, plain, best, quiet)


def torch_version(python: str) -> str:
    step = pathlib.Path(__file__).with_name("pytorch_step.py")
    return Contender("torch", [python, str(step), "--version"]).measure()["torch"]


def print_table(rows: list[dict], where: dict, options: argparse.Namespace) -> None:
    print(f"{where['cpu']}, {where['isa']}, {options.threads} threads; Lockstep {where['lockstep']} with oneDNN "
          f"{where['onednn']}, PyTorch {where['torch']}; median of {options.rounds} rounds of "
          f"{options.seconds:g} s, images/s\n")
    print("| case | Lockstep | PyTorch plain | PyTorch at its best | x plain | x best |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        void = " (void: the machine was busy)" if row["void"] else ""
        print(f"| {row['case']}{void} | {row['lockstep']:.1f} | {row['pytorch_plain']:.1f} "
              f"| {row['pytorch_best']:.1f} ({row['best_way']}) "
              f"| {row['times_plain']:.2f} | {row['times_best']:.2f} |")


def main() -> None:
    options = arguments()
    where = machine(options.program) | {"torch": torch_version(options.python)}
    names = list(CASES) if options.all else options.case
    rows = [compare(name, options).row() for name in names]
    if options.json:
        print(json.dumps({"machine": where, "threads": options.threads, "rounds": options.rounds,
                          "seconds": options.seconds, "rows": rows}))
    else:
        print_table(rows, where, options)


if __name__ == "__main__":
    main()
