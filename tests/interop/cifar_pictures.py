"""Photographs of CIFAR-10 from the PNG files of the test data, as files that we read."""

import io
import pathlib
import tarfile

import numpy
import PIL.Image

_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def read(data: pathlib.Path, count: int) -> list[tuple[PIL.Image.Image, int]]:
    """The first `count` pictures in the official order, with their labels."""
    pictures = {}
    with tarfile.open(data / "cifar10" / "cifar10-png-train-10000.tar") as tar:
        for member in tar:
            path = pathlib.PurePath(member.name)
            if path.suffix != ".png" or int(path.stem) >= count:
                continue
            picture = PIL.Image.open(io.BytesIO(tar.extractfile(member).read())).convert("RGB")
            pictures[int(path.stem)] = (picture, _CLASSES.index(path.parent.name))
    return [pictures[number] for number in range(count)]


def write_binary(pictures: list[tuple[PIL.Image.Image, int]], folder: pathlib.Path) -> None:
    """As data_batch_1.bin: a label and the planes of red, green and blue for each."""
    folder.mkdir()
    with open(folder / "data_batch_1.bin", "wb") as file:
        for picture, label in pictures:
            file.write(bytes([label]) + numpy.asarray(picture).transpose(2, 0, 1).tobytes())


def write_ppm(picture: PIL.Image.Image, path: pathlib.Path) -> pathlib.Path:
    """PPM, or PGM for a grey picture."""
    picture.save(path, format="PPM")
    return path
