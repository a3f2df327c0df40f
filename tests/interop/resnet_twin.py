"""torchvision's ResNet-18 with the stem for small images, trained as we train `resnet18_cifar`."""

import dataclasses
import pathlib

import numpy
import torch
import torchvision
from torch import nn

import lenet_twin

_MEAN, _STD = 0.2860, 0.3530


@dataclasses.dataclass(frozen=True)
class Training:
    """What both sides are told. `optimizer` is SGD or ADAMW."""

    optimizer: str = "SGD"
    steps: int = 20
    batch: int = 16
    learning_rate: float = 0.01
    momentum: float = 0.9
    weight_decay: float = 5e-4

    def settings(self) -> list[str]:
        """As `--set` takes it."""
        momentum = self.momentum if self.optimizer == "SGD" else 0
        return [
            f"steps={self.steps}", f"batch={self.batch}", f"optimizer.type={self.optimizer}",
            f"optimizer.learning_rate={self.learning_rate}", f"optimizer.momentum={momentum}",
            f"optimizer.weight_decay={self.weight_decay}", f"data.mean=[{_MEAN}]", f"data.std=[{_STD}]",
        ]

    def optimizer_of(self, model: nn.Module) -> torch.optim.Optimizer:
        if self.optimizer == "ADAMW":
            return torch.optim.AdamW(model.parameters(), lr=self.learning_rate,
                                     weight_decay=self.weight_decay)
        return torch.optim.SGD(model.parameters(), lr=self.learning_rate, momentum=self.momentum,
                               weight_decay=self.weight_decay)


def resnet18_cifar(channels: int) -> nn.Module:
    model = torchvision.models.resnet18(num_classes=10)
    model.conv1 = nn.Conv2d(channels, 64, 3, padding=1, bias=False)
    model.maxpool = nn.Identity()
    return model


def calm_start() -> nn.Module:
    """A model whose ReLUs are seldom near the kink, while gradients flow through all of it.

    A ReLU's derivative jumps where its input crosses 0, so rounding alone makes two programs
    disagree: from the usual start, PyTorch with oneDNN and PyTorch without it differ by 0.7 % of a
    gradient's norm in the first step, and by 5 % of the loss after twenty.
    """
    torch.manual_seed(1)
    model = resnet18_cifar(channels=1)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.constant_(module.weight, 0.1)
            nn.init.constant_(module.bias, 0.3)
    return model


class Twin:
    """Begins from `weights`, a file of ours, and takes the images of `folder` in their order."""

    def __init__(self, weights: dict, folder: pathlib.Path, training: Training):
        torch.set_num_threads(1)
        self._images = lenet_twin.read_idx(folder / "train-images-idx3-ubyte.gz", 3)
        self._labels = lenet_twin.read_idx(folder / "train-labels-idx1-ubyte.gz", 1)
        self._training = training
        self.model = resnet18_cifar(channels=1)
        self.model.load_state_dict(weights, strict=True)
        self._optimizer = training.optimizer_of(self.model)

    def restore(self, step: int, weights: dict, moments: dict) -> None:
        """Takes the state of a checkpoint of ours."""
        self.model.load_state_dict(weights, strict=True)
        for name, parameter in self.model.named_parameters():
            state = self._optimizer.state[parameter]
            if self._training.optimizer == "SGD":
                state["momentum_buffer"] = moments[f"{name}.momentum"].clone()
                continue
            state["step"] = torch.tensor(float(step))
            state["exp_avg"] = moments[f"{name}.exp_avg"].clone()
            state["exp_avg_sq"] = moments[f"{name}.exp_avg_sq"].clone()

    def run_step(self, step: int) -> float:
        """Step `step`, counted from 0; returns its loss before the update."""
        first = step * self._training.batch
        batch = slice(first, first + self._training.batch)
        pixels = torch.from_numpy(self._images[batch].astype(numpy.float32))[:, None]
        labels = torch.from_numpy(self._labels[batch].astype(numpy.int64))
        self._optimizer.zero_grad()
        loss = nn.functional.cross_entropy(self.model((pixels / 255 - _MEAN) / _STD), labels)
        loss.backward()
        self._optimizer.step()
        return loss.item()

    def gradients(self) -> dict:
        """Of the last step."""
        return {name: parameter.grad for name, parameter in self.model.named_parameters()}

    def weights(self) -> dict:
        return {name: parameter.detach().clone() for name, parameter in self.model.named_parameters()}

    def train(self) -> list[float]:
        """The loss of each step before its update."""
        return [self.run_step(step) for step in range(self._training.steps)]
