"""Fashion-MNIST (Xiao, Rasul, Vollgraf 2017; MIT licence): the full set, or the embedded subset."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from pruning.data import contract
from pruning.data.shared.dataset import Dataset
from pruning.data.shared.idx import read_idx
from workloads.inputs import InputError

CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")  # package dataset-fashion-mnist
EMBEDDED = "embedded"
# Mean and standard deviation of the 60,000 training images, as fractions of full brightness.
_MEAN, _STD = 0.2860, 0.3530
_DESCRIPTION = "Photographs of clothes, 28 x 28, grey (Xiao, Rasul, Vollgraf 2017)."


@dataclass(frozen=True)
class Source(contract.Source):
    """``fashion_mnist``: it has no arguments."""

    def load(self, root: Path | str | None = None) -> Dataset:
        """As :func:`load_fashion_mnist`."""
        return load_fashion_mnist(root)


def load_fashion_mnist(root: Path | str | None = None) -> Dataset:
    """Fashion-MNIST from ``root``.

    ``None`` takes the full set (60,000 + 10,000) where Debian's package put it, else the embedded
    subset (6,000 + 2,000, class-balanced); ``"embedded"`` takes the subset always; a path is a
    folder with the four IDX files, plain or gzipped.

    Raises:
        InputError: a file is missing or is not what its name says.
    """
    if root is None:
        root = DEBIAN_FOLDER if DEBIAN_FOLDER.is_dir() else EMBEDDED
    if root == EMBEDDED:
        with resources.as_file(resources.files("pruning.data") / "fashion_mnist_subset") as folder:
            return _read(folder, "fashion_mnist (embedded subset)")
    return _read(Path(root), "fashion_mnist")


def _read(folder: Path, name: str) -> Dataset:
    train_images, train_labels = _read_part(folder, "train")
    test_images, test_labels = _read_part(folder, "t10k")
    return Dataset(
        name, CLASS_NAMES, train_images, train_labels, test_images, test_labels, description=_DESCRIPTION
    )


def _read_part(folder: Path, part: str) -> tuple[Tensor, Tensor]:
    images = read_idx(_find(folder, f"{part}-images-idx3-ubyte"))
    labels = read_idx(_find(folder, f"{part}-labels-idx1-ubyte"))
    if images.shape[1:] != (28, 28):
        raise InputError(f"{folder}: expected {part} images of 28 x 28, got shape {images.shape}")
    if labels.shape != images.shape[:1]:
        raise InputError(f"{folder}: expected {len(images)} {part} labels, got shape {labels.shape}")
    if labels.size and int(labels.max()) >= len(CLASS_NAMES):
        raise InputError(f"{folder}: expected {part} labels from 0 to 9, got {int(labels.max())}")
    scaled = (images.astype(np.float32) / 255 - _MEAN) / _STD
    return torch.from_numpy(scaled[:, None]), torch.from_numpy(labels.astype(np.int64))


def _find(folder: Path, stem: str) -> Path:
    for name in (f"{stem}.gz", stem):
        if (folder / name).is_file():
            return folder / name
    raise InputError(f"{folder}: expected the Fashion-MNIST file {stem}[.gz], got no such file")
