"""A folder of images for each class, as most people keep their own; each image decoded, resized and cut.

``ROOT/train/CLASS/*.png`` and ``ROOT/test/CLASS/*.png`` (``val`` will do), or ``ROOT/CLASS/*.png``, where
a part of each class is kept for the test. All is decoded into memory.
"""

from __future__ import annotations

import hashlib
import math
import os
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError

from pruning.data import contract
from pruning.data.shared.dataset import Dataset
from pruning.data.shared.pixels import normalise, require_folder
from workloads.inputs import InputError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
# Of ImageNet, for which most published weights expect their images to be normalised.
_COLOUR = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_GREY = ((0.449,), (0.226,))
_TEST_NAMES = ("test", "val")

Files = dict[str, list[Path]]  # of each class


@dataclass(frozen=True)
class Source(contract.Source):
    """``image_folder(size=64, grey=1, test=0.2)``."""

    size: int = 224  # pixels a side: the shorter side is resized to it, the middle cut out
    grey: int = 0  # 1: one channel
    test: float = 0.2  # share of a class kept for the test where there is no test folder

    def __post_init__(self) -> None:
        if self.size < 1:
            raise InputError(f"data: size: expected at least 1, got {self.size}")
        if self.grey not in (0, 1):
            raise InputError(f"data: grey: expected 0 or 1, got {self.grey}")
        if not 0 < self.test < 1:
            raise InputError(f"data: test: expected more than 0 and less than 1, got {self.test:g}")

    def load(self, root: Path | str | None = None) -> Dataset:
        """The images in the class folders of ``root``; classes in the order of their names.

        Raises:
            InputError: no class, an empty class, one that is in one part alone, more pixels than memory
                holds, or an image that cannot be decoded.
        """
        folder = require_folder(root, "a folder of images for each class")
        train, test = self._parts(folder)
        names = tuple(sorted(train))
        if len(names) < 2:
            raise InputError(f"{folder}: expected at least two class folders, got {len(names)}")
        self._require_room(sum(map(len, (*train.values(), *test.values()))))
        train_images, train_labels = self._read(train, names)
        test_images, test_labels = self._read(test, names)
        return Dataset(
            f"image_folder {folder.name}",
            names,
            train_images,
            train_labels,
            test_images,
            test_labels,
            description=f"The user's own images in {folder.name}, resized to {self.size} x {self.size}.",
        )

    def _parts(self, folder: Path) -> tuple[Files, Files]:
        if not (folder / "train").is_dir():
            return self._split(_class_files(folder))
        test_folder = next((folder / name for name in _TEST_NAMES if (folder / name).is_dir()), None)
        if test_folder is None:
            raise InputError(f"{folder}: expected the folder 'test' or 'val' beside 'train', got neither")
        train, test = _class_files(folder / "train"), _class_files(test_folder)
        for one, other, place in ((train, test, test_folder), (test, train, folder / "train")):
            for name in sorted(one.keys() - other.keys()):
                raise InputError(f"{place}: expected a folder of the class {name!r}, got none")
        return train, test

    def _split(self, files: Files) -> tuple[Files, Files]:
        train: Files = {}
        test: Files = {}
        for name, paths in files.items():
            if len(paths) < 2:
                raise InputError(f"{paths[0].parent}: expected at least two images to split, got one")
            ordered = sorted(paths, key=lambda path: hashlib.sha256(path.name.encode()).digest())
            count = min(len(paths) - 1, math.ceil(self.test * len(paths)))
            test[name], train[name] = sorted(ordered[:count]), sorted(ordered[count:])
        return train, test

    def _require_room(self, count: int) -> None:
        there_is = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        # A pixel is a byte, then a float of four beside it.
        needed = 5 * count * (1 if self.grey else 3) * self.size**2
        if needed > there_is:
            raise InputError(
                f"data: size: expected {count} images that fit into {there_is >> 30} GiB of memory, got"
                f" {self.size} pixels a side, which take {needed >> 30} GiB"
            )

    def _read(self, files: Files, names: tuple[str, ...]) -> tuple[torch.Tensor, torch.Tensor]:
        channels = 1 if self.grey else 3
        count = sum(map(len, files.values()))
        pixels = np.empty((count, channels, self.size, self.size), np.uint8)
        labels = np.empty(count, np.int64)
        place = 0
        for label, name in enumerate(names):
            for path in files[name]:
                pixels[place] = decode(path, self.size, bool(self.grey))
                labels[place] = label
                place += 1
        mean, std = _GREY if self.grey else _COLOUR
        return normalise(pixels, mean, std), torch.from_numpy(labels)


def decode(path: Path, size: int, grey: bool) -> np.ndarray:
    """The image in ``path``, upright, resized and cut to ``size`` x ``size``: uint8 [channels, size, size].

    Raises:
        InputError: no image, cut short, too large to be one, or of a depth that 8 bits do not hold.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # As a file, not by its name: Pillow 13 maps a named plain TIFF into memory and then takes its
            # rows for columns if it is to be turned.
            with path.open("rb") as file, Image.open(file) as opened:
                opened.load()
                image = _eight_bits(ImageOps.exif_transpose(opened))
        fitted = ImageOps.fit(image.convert("L" if grey else "RGB"), (size, size), Image.Resampling.BILINEAR)
    except UnidentifiedImageError as error:  # which names the open file, and not what is wrong with it
        raise InputError(f"{path}: expected an image, got: a file of no kind that Pillow knows") from error
    except Exception as error:  # decoders raise OSError, ValueError, SyntaxError, struct.error and more
        raise InputError(f"{path}: expected an image, got: {error}") from error
    pixels = np.asarray(fitted)
    return pixels[None] if grey else pixels.transpose(2, 0, 1)


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise ValueError(f"pixels of the kind {image.mode!r}, not of 8 or 16 bits")
    return image


def _is_hidden(path: Path, folder: Path) -> bool:
    """Whether ``path``, or a folder on the way to it from ``folder``, has a name with a dot before it."""
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _class_files(folder: Path) -> Files:
    files: Files = {}
    for place in sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")):
        found = sorted(
            p for p in place.rglob("*") if p.suffix.lower() in SUFFIXES and not _is_hidden(p, place)
        )
        if not found:
            raise InputError(f"{place}: expected images ({', '.join(SUFFIXES)}), got none")
        files[place.name] = found
    if not files:
        raise InputError(f"{folder}: expected a folder of images for each class, got no folder")
    return files
