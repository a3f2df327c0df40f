"""`resnet18_cifar` trains as PyTorch trains torchvision's ResNet-18: losses, gradients and updates."""

import dataclasses
import os
import pathlib
import tempfile
import unittest

import safetensors.torch
import torch

import lockstep_program
import resnet_twin

_DATA = pathlib.Path(os.environ["LOCKSTEP_TEST_DATA"], "fashion-mnist")
_CONFIG = 'model { preset: "resnet18_cifar" classes: 10 } data { format: IDX }'
_SGD = resnet_twin.Training(optimizer="SGD")


def loaded(checkpoint: pathlib.Path, file: str) -> dict:
    return safetensors.torch.load_file(checkpoint / f"{file}.safetensors")


class ResNetTrainingTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.config = self.folder / "resnet.textproto"
        self.config.write_text(_CONFIG, encoding="utf-8")

    def checkpoint(self, step: int) -> pathlib.Path:
        return lockstep_program.checkpoint(self.folder / "run", step)

    def train(self, training: resnet_twin.Training, settings: list[str]) -> list[float]:
        losses = lockstep_program.train(self.config, self.folder / "run",
                                        training.settings() + [f"data.path={_DATA}"] + settings)
        self.assertEqual(training.steps, len(losses))
        return losses

    def train_calmly(self, training: resnet_twin.Training) -> list[float]:
        """From weights of PyTorch's, for which rounding stays rounding."""
        start = self.folder / "start.safetensors"
        safetensors.torch.save_file(resnet_twin.calm_start().state_dict(), start)
        return self.train(training, [f"initial_weights={start}"])

    def twin(self, training: resnet_twin.Training) -> resnet_twin.Twin:
        """At our first step."""
        return resnet_twin.Twin(loaded(self.checkpoint(0), "model"), _DATA, training)

    def assert_close(self, ours: list[float], theirs: list[float], tolerance: float) -> None:
        self.assertEqual(len(ours), len(theirs))
        for step, (a, b) in enumerate(zip(ours, theirs)):
            self.assertLess(abs(a - b), tolerance * b, f"step {step}")

    def test_twenty_steps_with_sgd_have_pytorchs_losses(self):
        losses = self.train_calmly(_SGD)
        self.assert_close(losses, self.twin(_SGD).train(), 1e-4)
        other = dataclasses.replace(_SGD, momentum=0.89, steps=5)
        with self.assertRaises(AssertionError, msg="another momentum would not be noticed"):
            self.assert_close(losses[:other.steps], self.twin(other).train(), 1e-4)

    def test_gradients_of_the_first_step_are_pytorchs(self):
        # Without weight decay the momentum after one step is the gradient.
        training = dataclasses.replace(_SGD, steps=1, weight_decay=0)
        self.train_calmly(training)
        momentum = loaded(self.checkpoint(1), "optimizer")
        twin = self.twin(training)
        twin.run_step(0)
        gradients = twin.gradients()
        self.assertEqual({f"{name}.momentum" for name in gradients}, set(momentum))
        for name, gradient in gradients.items():
            difference = (momentum[f"{name}.momentum"] - gradient).norm()
            self.assertLess(difference, 1e-4 * gradient.norm(), name)

    def check_each_step(self, optimizer: str) -> None:
        """That PyTorch, put at each of our steps, makes the next one as we do."""
        training = resnet_twin.Training(optimizer=optimizer, batch=8)
        losses = self.train(training, ["checkpoint.every=1", "checkpoint.keep=0"])
        twin = self.twin(training)
        for step, loss in enumerate(losses):
            before = loaded(self.checkpoint(step), "model")
            after = loaded(self.checkpoint(step + 1), "model")
            if step > 0:
                twin.restore(step, before, loaded(self.checkpoint(step), "optimizer"))
            self.assert_close([loss], [twin.run_step(step)], 1e-4)
            for name, weights in twin.weights().items():
                self.assert_same_update(weights - before[name], after[name] - before[name],
                                        f"step {step}, {name}")

    def assert_same_update(self, theirs: torch.Tensor, ours: torch.Tensor, what: str) -> None:
        """But for few elements: where a ReLU's input rounds across 0 a gradient moves by parts in a
        thousand, and AdamW's first update is the rate times its sign, however small it is."""
        size = theirs.square().mean().sqrt()
        others = ((ours - theirs).abs() > 0.1 * size).float().mean()
        self.assertLess(others, 0.05, what)

    def test_each_step_with_sgd_is_pytorchs(self):
        self.check_each_step("SGD")

    def test_each_step_with_adamw_is_pytorchs(self):
        self.check_each_step("ADAMW")


if __name__ == "__main__":
    unittest.main()
