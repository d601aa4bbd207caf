"""CIFAR-10: 50,000 + 10,000 photographs of ten things, 32 x 32."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pruning.data import contract
from pruning.data.shared.cifar import Cifar
from pruning.data.shared.dataset import Dataset

KIND = Cifar(
    name="cifar10",
    classes=10,
    python_folder="cifar-10-batches-py",
    binary_folder="cifar-10-batches-bin",
    train=tuple(f"data_batch_{i}" for i in range(1, 6)),
    test=("test_batch",),
    meta="batches.meta",
    names_key=b"label_names",
    labels_key=b"labels",
    names_file="batches.meta.txt",
    label_bytes=1,
    mean=(0.4914, 0.4822, 0.4465),
    std=(0.2470, 0.2435, 0.2616),
)


@dataclass(frozen=True)
class Source(contract.Source):
    """``cifar10``: it has no arguments."""

    def load(self, root: Path | str | None = None) -> Dataset:
        """The data set in ``root``: ``cifar-10-batches-py``, ``cifar-10-batches-bin`` or what holds one."""
        return KIND.load(root)
