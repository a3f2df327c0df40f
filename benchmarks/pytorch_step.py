"""Times full training steps of one model in PyTorch and prints one JSON document.

Forward, loss, backward and update on a batch made once, as `lockstep bench step` does. Started by
compare_pytorch.py, each time in a process of its own.
"""

import argparse
import json
import statistics
import time

import torch
from torch import nn


class LeNet(nn.Sequential):
    """Lockstep's preset `lenet`."""

    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
        )


# The module, and the shape of one image.
MODELS = {"lenet": (LeNet, (1, 28, 28))}
CLASSES = 10


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=sorted(MODELS), default="lenet")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--fused", action="store_true", help="SGD(fused=True)")
    return parser.parse_args()


def make_step(options: argparse.Namespace):
    """A function that makes one step."""
    torch.manual_seed(1)
    kind, shape = MODELS[options.model]
    layout = torch.channels_last if options.channels_last else torch.contiguous_format
    model = kind().to(memory_format=layout)
    images = torch.randn(options.batch, *shape).to(memory_format=layout)
    labels = torch.randint(CLASSES, (options.batch,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, fused=options.fused)
    forward = torch.compile(model) if options.compile else model

    def step():
        optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(forward(images), labels).backward()
        optimizer.step()

    return step


def measure(step, seconds: float) -> list[float]:
    """Durations in seconds, after a fifth of the time (and at least three steps) of warm-up."""
    for _ in range(3):
        step()
    begin = time.perf_counter()
    while time.perf_counter() < begin + seconds / 5:
        step()
    durations, begin = [], time.perf_counter()
    while time.perf_counter() < begin + seconds:
        start = time.perf_counter()
        step()
        durations.append(time.perf_counter() - start)
    return durations


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    durations = sorted(1000 * duration for duration in measure(make_step(options), options.seconds))
    median = statistics.median(durations)
    print(json.dumps({
        "images_per_second": 1000 * options.batch / statistics.mean(durations),
        "step_ms": {"min": durations[0], "median": median,
                    "p95": durations[int(0.95 * (len(durations) - 1))]},
        "batch": options.batch, "threads": options.threads, "torch": torch.__version__,
    }))


if __name__ == "__main__":
    main()
