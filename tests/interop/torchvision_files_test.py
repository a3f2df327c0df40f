"""torchvision's models load our files and we theirs, and both give the same logits."""

import os
import pathlib
import tempfile
import unittest

import PIL.Image
import safetensors.torch
import torch
import torchvision
from torchvision import transforms

import cifar_pictures
import lockstep_program

_DATA = pathlib.Path(os.environ["LOCKSTEP_TEST_DATA"])
_CIFAR_MEAN, _CIFAR_STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
_TRAINING = f"""
model {{ preset: "PRESET" classes: 10 }}
data {{ format: CIFAR10 mean: {list(_CIFAR_MEAN)} std: {list(_CIFAR_STD)} }}
optimizer {{ type: SGD learning_rate: 0.01 momentum: 0.9 }}
batch: 8 steps: 4
"""


def randomize(model: torch.nn.Module) -> torch.nn.Module:
    """Gives each normalization scales, shifts and statistics as training might leave them."""
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, std=0.2)
            module.running_mean.normal_(std=0.2)
            module.running_var.uniform_(0.5, 2)
            module.num_batches_tracked.fill_(7)
    return model.eval()


@torch.no_grad()
def torch_logits(model: torch.nn.Module, transform, picture: PIL.Image.Image) -> torch.Tensor:
    return model.eval()(transform(picture)[None])[0]


class TorchvisionFilesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        torch.manual_seed(1)
        cls.pictures = cifar_pictures.read(_DATA, 40)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def assert_equal_logits(self, ours: list[float], theirs: torch.Tensor) -> None:
        self.assertEqual(len(ours), len(theirs))
        difference = (torch.tensor(ours) - theirs).abs().max()
        self.assertLess(difference, 2e-3 * theirs.abs().max())

    def check_our_file(self, preset: str) -> None:
        cifar_pictures.write_binary(self.pictures, self.folder / "cifar10")
        config = self.folder / "training.textproto"
        config.write_text(_TRAINING.replace("PRESET", preset), encoding="utf-8")
        run = self.folder / "run"
        lockstep_program.train(config, run, [f"data.path={self.folder / 'cifar10'}"])
        file = lockstep_program.checkpoint(run, 4) / "model.safetensors"
        model = getattr(torchvision.models, preset)(num_classes=10)
        model.load_state_dict(safetensors.torch.load_file(file), strict=True)
        self.assertEqual(4, model.bn1.num_batches_tracked)
        transform = transforms.Compose(
            [transforms.ToTensor(), transforms.Normalize(_CIFAR_MEAN, _CIFAR_STD)])
        picture = self.pictures[-1][0]
        ours = lockstep_program.logits(run, [cifar_pictures.write_ppm(picture, self.folder / "p.ppm")])
        self.assert_equal_logits(ours[0], torch_logits(model, transform, picture))

    def check_their_file(self, preset: str) -> None:
        model = randomize(getattr(torchvision.models, preset)(num_classes=20))
        file = self.folder / f"{preset}.safetensors"
        safetensors.torch.save_file(model.state_dict(), file)
        published = torchvision.models.get_model_weights(preset)["IMAGENET1K_V1"].transforms()
        # One to be taken whole, a grey one, and one of which the published preprocessing, which
        # begins by making the shorter side 256, takes the centre.
        colour, grey, wide = (picture.resize(size, PIL.Image.Resampling.BICUBIC) for (picture, _), size
                              in zip(self.pictures, ((224, 224), (224, 224), (341, 256))))
        grey = grey.convert("L")
        paths = [cifar_pictures.write_ppm(picture, self.folder / f"{name}.ppm") for name, picture
                 in (("colour", colour), ("grey", grey), ("wide", wide))]
        ours = lockstep_program.logits(file, paths, preset)
        whole = transforms.Compose(
            [transforms.ToTensor(), transforms.Normalize(published.mean, published.std)])
        self.assert_equal_logits(ours[0], torch_logits(model, whole, colour))
        self.assert_equal_logits(ours[1], torch_logits(model, whole, grey.convert("RGB")))
        self.assert_equal_logits(ours[2], torch_logits(model, published, wide))

    def test_torchvision_loads_our_resnet18(self):
        self.check_our_file("resnet18")

    def test_torchvision_loads_our_resnet50(self):
        self.check_our_file("resnet50")

    def test_we_load_torchvisions_resnet18(self):
        self.check_their_file("resnet18")

    def test_we_load_torchvisions_resnet50(self):
        self.check_their_file("resnet50")


if __name__ == "__main__":
    unittest.main()
