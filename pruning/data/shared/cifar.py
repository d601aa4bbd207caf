"""CIFAR-10 and CIFAR-100 (Krizhevsky 2009) as they are handed out: the python form or the binary one.

The python form is made of pickles: they are read as plain data, nothing in them is run.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pruning.data.shared.dataset import Dataset
from pruning.data.shared.pixels import normalise, require_folder
from pruning.data.shared.safe_pickle import read_plain_pickle
from workloads.inputs import InputError, require_file

_SHAPE = (3, 32, 32)
_PIXELS = 3 * 32 * 32


@dataclass(frozen=True)
class Cifar:
    """Where a CIFAR's images, labels and names are."""

    name: str
    classes: int
    python_folder: str
    binary_folder: str
    train: tuple[str, ...]  # files without their suffix
    test: tuple[str, ...]
    meta: str  # file of the python form that names the classes
    names_key: bytes
    labels_key: bytes
    names_file: str  # file of the binary form that names the classes
    label_bytes: int  # in front of an image in the binary form; the last one is the class
    mean: tuple[float, float, float]  # of the 50,000 training images
    std: tuple[float, float, float]

    def load(self, root: Path | str | None) -> Dataset:
        """The data set in ``root``, which is its own folder or the one that this lies in.

        Raises:
            InputError: the folder or a file is absent, damaged, or of a size that no such file has.
        """
        what = f"{self.name} ({self.python_folder} or {self.binary_folder})"
        folder = require_folder(root, what)
        for place in (folder, folder / self.python_folder, folder / self.binary_folder):
            if (place / self.meta).is_file():
                return self._read(_PythonForm(self, place))
            if (place / self.names_file).is_file():
                return self._read(_BinaryForm(self, place))
        raise InputError(f"{folder}: expected {what}, got neither {self.meta} nor {self.names_file} there")

    def _read(self, form: _PythonForm | _BinaryForm) -> Dataset:
        names = form.class_names()
        if len(names) != self.classes or len(set(names)) != self.classes:
            raise InputError(
                f"{form.folder}: expected {self.classes} names of classes, got {len(set(names))}"
            )
        train_images, train_labels = self._part(form, self.train)
        test_images, test_labels = self._part(form, self.test)
        description = "Small colour photographs, 32 x 32 (Krizhevsky 2009)."
        return Dataset(
            self.name, names, train_images, train_labels, test_images, test_labels, description=description
        )

    def _part(self, form: _PythonForm | _BinaryForm, files: tuple[str, ...]) -> tuple[Tensor, Tensor]:
        read = [self._checked(*form.batch(file)) for file in files]
        pixels = np.concatenate([images for images, _ in read]).reshape(-1, *_SHAPE)
        labels = np.concatenate([labels for _, labels in read])
        return normalise(pixels, self.mean, self.std), torch.from_numpy(labels)

    def _checked(self, path: Path, images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if images.ndim != 2 or images.shape[1] != _PIXELS or not len(images):
            raise InputError(f"{path}: expected images of {_PIXELS} bytes, got an array {images.shape}")
        if labels.shape != (len(images),):
            raise InputError(f"{path}: expected {len(images)} labels, got {labels.size}")
        wrong = labels[(labels < 0) | (labels >= self.classes)]
        if wrong.size:
            raise InputError(f"{path}: expected labels from 0 to {self.classes - 1}, got {int(wrong[0])}")
        return images, labels


@dataclass(frozen=True)
class _PythonForm:
    kind: Cifar
    folder: Path

    def batch(self, stem: str) -> tuple[Path, np.ndarray, np.ndarray]:
        path = self.folder / stem
        raw = _dictionary(path)
        images, labels = raw.get(b"data"), raw.get(self.kind.labels_key)
        if not isinstance(images, np.ndarray) or not isinstance(labels, list):
            key = self.kind.labels_key.decode()
            raise InputError(f"{path}: expected an array 'data' and a list {key!r}, got {_keys(raw)}")
        if not all(isinstance(label, int) and abs(label) < 2**31 for label in labels):
            raise InputError(f"{path}: expected labels that are whole numbers, got others")
        return path, images, np.array(labels, np.int64)

    def class_names(self) -> tuple[str, ...]:
        path = self.folder / self.kind.meta
        raw = _dictionary(path)
        names = raw.get(self.kind.names_key)
        if not isinstance(names, list) or not all(isinstance(name, bytes) for name in names):
            raise InputError(f"{path}: expected a list {self.kind.names_key.decode()!r}, got {_keys(raw)}")
        return tuple(name.decode("latin1") for name in names)


@dataclass(frozen=True)
class _BinaryForm:
    kind: Cifar
    folder: Path

    def batch(self, stem: str) -> tuple[Path, np.ndarray, np.ndarray]:
        path = require_file(self.folder / f"{stem}.bin", f"a file of {self.kind.name}")
        raw = np.frombuffer(path.read_bytes(), np.uint8)
        record = self.kind.label_bytes + _PIXELS
        if not raw.size or raw.size % record:
            raise InputError(f"{path}: expected whole images of {record} bytes, got {raw.size} bytes")
        rows = raw.reshape(-1, record)
        return path, rows[:, self.kind.label_bytes :], rows[:, self.kind.label_bytes - 1].astype(np.int64)

    def class_names(self) -> tuple[str, ...]:
        text = (self.folder / self.kind.names_file).read_text(encoding="latin1")
        return tuple(line.strip() for line in text.splitlines() if line.strip())


def _dictionary(path: Path) -> dict[bytes, Any]:
    raw = read_plain_pickle(path)
    if not isinstance(raw, dict):
        raise InputError(f"{path}: expected a pickled dictionary, got {type(raw).__name__}")
    # What Python 3 pickled again has text where the original has bytes.
    return {_as_bytes(key): _named(value) for key, value in raw.items()}


def _as_bytes(value: Any) -> Any:
    return value.encode("latin1", "replace") if isinstance(value, str) else value


def _named(value: Any) -> Any:
    return [_as_bytes(item) for item in value] if isinstance(value, list) else value


def _keys(raw: dict[bytes, Any]) -> str:
    return "the keys " + (", ".join(sorted(repr(key) for key in raw)) or "none")
