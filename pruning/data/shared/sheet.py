"""A picture of a data set: a column for each class, training images above, test images below."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from pruning.data.shared.dataset import Dataset
from workloads.inputs import InputError, replace_atomically

_GAP = 4  # pixels between the parts


def write_sheet(data: Dataset, path: Path | str, train_rows: int = 7, test_rows: int = 4) -> None:
    """Write the picture of a data set as a PNG; the same data give the same bytes.

    Raises:
        InputError: the name does not end in .png, or the place cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise InputError(f"{path}: expected a name that ends in .png, got {path.suffix or 'none'!r}")
    train = _rows(data.train_images, data.train_labels, len(data.class_names), train_rows)
    test = _rows(data.test_images, data.test_labels, len(data.class_names), test_rows)
    gap = np.full((_GAP, train.shape[1], train.shape[2]), 128, np.uint8)
    pixels = np.concatenate([train, gap, test])
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    replace_atomically(path, lambda target: image.save(target, "PNG", optimize=True))


def _rows(images: Tensor, labels: Tensor, classes: int, rows: int) -> np.ndarray:
    """uint8 [rows * height, classes * width, channels]: images of a class evenly apart in their order."""
    channels, height, width = images.shape[1:]
    sheet = np.zeros((rows, height, classes, width, channels), np.float32)
    for label in range(classes):
        found = np.flatnonzero(labels.numpy() == label)
        if found.size:
            chosen = found[np.linspace(0, found.size - 1, rows).astype(int)]
            sheet[:, :, label] = images[chosen].permute(0, 2, 3, 1).numpy()
    low = images.amin(dim=(0, 2, 3)).numpy()
    spread = images.amax(dim=(0, 2, 3)).numpy() - low
    grey = (sheet - low) / np.where(spread > 0, spread, 1)
    pixels = np.round(np.clip(grey, 0, 1) * 255).astype(np.uint8)
    return pixels.reshape(rows * height, classes * width, channels)
