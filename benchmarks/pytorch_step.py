"""Times full training steps of one model in PyTorch and prints one JSON document.

Forward, loss, backward and update on a batch made once, as `lockstep bench step` does. Started by
compare_pytorch.py, each time in a process of its own.
"""

import argparse
import contextlib
import json
import statistics
import time

import torch
import torchvision
from torch import nn


class LeNet(nn.Sequential):
    """Lockstep's preset `lenet`."""

    def __init__(self, num_classes: int):
        super().__init__(
            nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, num_classes),
        )


def resnet18_cifar(num_classes: int) -> nn.Module:
    """torchvision's with a stem for images of 32x32."""
    model = torchvision.models.resnet18(num_classes=num_classes)
    model.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    model.maxpool = nn.Identity()
    return model


# What makes the module, and the shape of one image.
MODELS = {
    "lenet": (LeNet, (1, 28, 28)),
    "resnet18": (torchvision.models.resnet18, (3, 224, 224)),
    "resnet18_cifar": (resnet18_cifar, (3, 32, 32)),
    "resnet50": (torchvision.models.resnet50, (3, 224, 224)),
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", action="store_true", help="prints the versions alone")
    parser.add_argument("--model", choices=sorted(MODELS), default="lenet")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--precision", choices=["F32", "BF16"], default="F32", help="BF16: autocast")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--fused", action="store_true", help="SGD(fused=True)")
    return parser.parse_args()


def make_step(options: argparse.Namespace):
    """A function that makes one step."""
    torch.manual_seed(1)
    make, shape = MODELS[options.model]
    layout = torch.channels_last if options.channels_last else torch.contiguous_format
    model = make(num_classes=options.classes).to(memory_format=layout)
    images = torch.randn(options.batch, *shape).to(memory_format=layout)
    labels = torch.randint(options.classes, (options.batch,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, fused=options.fused)
    forward = torch.compile(model) if options.compile else model

    def precision():
        if options.precision == "BF16":
            return torch.autocast("cpu", dtype=torch.bfloat16)
        return contextlib.nullcontext()

    def step():
        optimizer.zero_grad(set_to_none=True)
        with precision():
            loss = nn.functional.cross_entropy(forward(images), labels)
        loss.backward()
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
    if options.version:
        print(json.dumps({"torch": torch.__version__, "torchvision": torchvision.__version__}))
        return
    torch.set_num_threads(options.threads)
    durations = sorted(1000 * duration for duration in measure(make_step(options), options.seconds))
    median = statistics.median(durations)
    print(json.dumps({
        "images_per_second": 1000 * options.batch / statistics.mean(durations),
        "step_ms": {"min": durations[0], "median": median,
                    "p95": durations[int(0.95 * (len(durations) - 1))]},
        "batch": options.batch, "threads": options.threads, "precision": options.precision,
        "torch": torch.__version__,
    }))


if __name__ == "__main__":
    main()
