"""LeNet in PyTorch, trained as our recipe trains it: the same records in the same order, the same rates."""

import dataclasses
import gzip
import math
import pathlib

import numpy
import torch
from torch import nn


class LeNet(nn.Module):
    """The preset `lenet`, with its names."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, images):
        hidden = nn.functional.max_pool2d(self.conv1(images).relu(), 2)
        hidden = nn.functional.max_pool2d(self.conv2(hidden).relu(), 2).flatten(1)
        return self.fc3(self.fc2(self.fc1(hidden).relu()).relu())


@dataclasses.dataclass(frozen=True)
class Training:
    """What both sides are told."""

    steps: int = 20
    batch: int = 64
    learning_rate: float = 0.05
    momentum: float = 0.9
    nesterov: bool = True
    weight_decay: float = 5e-4
    warmup_epochs: float = 0.005
    mean: float = 0.2860
    std: float = 0.3530

    def settings(self) -> list[str]:
        """As `--set` takes it."""
        return [
            f"steps={self.steps}", f"batch={self.batch}",
            f"optimizer.learning_rate={self.learning_rate}", f"optimizer.momentum={self.momentum}",
            f"optimizer.nesterov={str(self.nesterov).lower()}",
            f"optimizer.weight_decay={self.weight_decay}", "schedule.type=COSINE",
            f"schedule.warmup={self.warmup_epochs}",
            f"data.mean=[{self.mean}]", f"data.std=[{self.std}]",
        ]

    def rate_at(self, samples: int, samples_per_epoch: int) -> float:
        """Linear warm-up from 0, then half a cosine to 0 (Loshchilov and Hutter 2017)."""
        warmup, total = self.warmup_epochs * samples_per_epoch, self.steps * self.batch
        if samples < warmup:
            return self.learning_rate * samples / warmup
        return self.learning_rate * (1 + math.cos(math.pi * (samples - warmup) / (total - warmup))) / 2


def read_idx(path: pathlib.Path, rank: int) -> numpy.ndarray:
    """An array of unsigned bytes from a gzipped IDX file."""
    with gzip.open(path) as file:
        content = file.read()
    extents = numpy.frombuffer(content, ">i4", rank, 4)
    return numpy.frombuffer(content, numpy.uint8, offset=4 + 4 * rank).reshape(extents)


def train(weights: dict, folder: pathlib.Path, training: Training) -> tuple[list[float], dict]:
    """The loss of each step before its update, and the weights after the last."""
    images = read_idx(folder / "train-images-idx3-ubyte.gz", 3)
    labels = read_idx(folder / "train-labels-idx1-ubyte.gz", 1)
    torch.set_num_threads(1)
    model = LeNet()
    model.load_state_dict(weights)
    optimizer = torch.optim.SGD(model.parameters(), lr=training.learning_rate,
                                momentum=training.momentum, nesterov=training.nesterov,
                                weight_decay=training.weight_decay)
    losses = []
    for step in range(training.steps):
        first = step * training.batch
        batch = slice(first, first + training.batch)
        pixels = torch.from_numpy(images[batch].astype(numpy.float32))[:, None]
        optimizer.param_groups[0]["lr"] = training.rate_at(first, len(labels))
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model((pixels / 255 - training.mean) / training.std),
                                           torch.from_numpy(labels[batch].astype(numpy.int64)))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model.state_dict()
