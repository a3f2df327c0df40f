"""Twenty steps of LeNet give PyTorch's losses and weights, and each side reads the other's files."""

import dataclasses
import json
import os
import pathlib
import tempfile
import unittest

import safetensors.torch
import torch

import lenet_twin
import lockstep_program

_RECIPE = pathlib.Path("configs/lenet_fashion_mnist.textproto")
_DATA = pathlib.Path(os.environ["LOCKSTEP_TEST_DATA"], "fashion-mnist")
_TRAINING = lenet_twin.Training()


def lockstep_losses(run: pathlib.Path, settings: list[str]) -> list[float]:
    return lockstep_program.train(_RECIPE, run, settings + [f"data.path={_DATA}"])


def model_file(run: pathlib.Path, step: int) -> pathlib.Path:
    return lockstep_program.checkpoint(run, step) / "model.safetensors"


class LeNetTrainingTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.run_directory = pathlib.Path(cls.folder.name, "run")
        cls.losses = lockstep_losses(cls.run_directory, _TRAINING.settings())
        cls.initial = safetensors.torch.load_file(model_file(cls.run_directory, 0))
        cls.trained = safetensors.torch.load_file(model_file(cls.run_directory, _TRAINING.steps))
        cls.twin_losses, cls.twin_trained = lenet_twin.train(cls.initial, _DATA, _TRAINING)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def largest_difference(self, losses: list[float]) -> float:
        self.assertEqual(_TRAINING.steps, len(losses))
        return max(abs(ours - theirs) / theirs for ours, theirs in zip(self.losses, losses))

    def test_losses_are_those_of_pytorch(self):
        self.assertLess(self.largest_difference(self.twin_losses), 1e-5)

    def test_another_momentum_would_be_noticed(self):
        other = dataclasses.replace(_TRAINING, momentum=0.89)
        losses, _ = lenet_twin.train(self.initial, _DATA, other)
        self.assertGreater(self.largest_difference(losses), 1e-5)

    def test_trained_weights_are_those_of_pytorch(self):
        self.assertEqual(sorted(self.twin_trained), sorted(self.trained))
        for name, weights in self.twin_trained.items():
            torch.testing.assert_close(self.trained[name], weights, rtol=1e-4, atol=1e-6)
            self.assertFalse(torch.equal(self.initial[name], self.trained[name]), name)

    def test_the_header_ends_at_a_multiple_of_eight_bytes(self):
        for step in (0, _TRAINING.steps):
            content = model_file(self.run_directory, step).read_bytes()
            length = int.from_bytes(content[:8], "little")
            self.assertEqual(0, length % 8)
            self.assertEqual(b"{", content[8:9])
            json.loads(content[8:8 + length])

    def test_a_file_written_by_pytorch_starts_a_run(self):
        torch.manual_seed(1)
        weights = lenet_twin.LeNet().state_dict()
        file = pathlib.Path(self.folder.name, "start.safetensors")
        safetensors.torch.save_file(weights, file)
        short = dataclasses.replace(_TRAINING, steps=2)
        run = pathlib.Path(self.folder.name, "started")
        losses = lockstep_losses(run, short.settings() + [f"initial_weights={file}"])
        twin_losses, _ = lenet_twin.train(weights, _DATA, short)
        torch.testing.assert_close(torch.tensor(losses), torch.tensor(twin_losses), rtol=1e-5, atol=0)
        loaded = safetensors.torch.load_file(model_file(run, 0))
        for name, tensor in weights.items():
            self.assertTrue(torch.equal(tensor, loaded[name]), name)


if __name__ == "__main__":
    unittest.main()
