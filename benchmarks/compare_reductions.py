"""Compares exact reduction with the library's own (`reduction: FAST`) over MPI ranks, in interleaved rounds.

  python3 benchmarks/compare_reductions.py --model resnet18_cifar --batch 64 --ranks 2
"""

import argparse
import json
import os

from contender import PROGRAM, Contender, machine, run_rounds


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="resnet18_cifar")
    parser.add_argument("--batch", type=int, default=64, help="global")
    parser.add_argument("--precision", default="F32")
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1, help="a rank")
    parser.add_argument("--seconds", type=float, default=10, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--program", default=str(PROGRAM))
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def contender(reduction: str, options: argparse.Namespace) -> Contender:
    # mpirun refuses root, which containers often are, unless told twice.
    root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"} if os.geteuid() == 0 else {}
    return Contender(reduction, [
        "mpirun", "-n", str(options.ranks), "--bind-to", "none", options.program, "bench", "step",
        "--model", options.model, "--batch", str(options.batch), "--precision", options.precision,
        "--threads", str(options.threads), "--seconds", str(options.seconds),
        "--set", f"reduction={reduction}", "--json"], root)


def main() -> None:
    options = arguments()
    exact, fast = contender("EXACT", options), contender("FAST", options)
    quiet = run_rounds([exact, fast], options.rounds)
    times = exact.times(fast)
    if options.json:
        print(json.dumps({"machine": machine(options.program), "model": options.model, "ranks": options.ranks,
                          "exact": exact.rates, "fast": fast.rates, "exact_is_times": times, "void": not quiet}))
        return
    void = "; void: the machine was busy" if not quiet else ""
    print(f"{options.model} {options.precision}, batch {options.batch}, {options.ranks} ranks: EXACT "
          f"{exact.rate():.1f} images/s, FAST {fast.rate():.1f}, EXACT is {times:.3f} x FAST{void}")


if __name__ == "__main__":
    main()
