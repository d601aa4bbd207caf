"""CIFAR-100: 50,000 + 10,000 photographs of a hundred things (the fine labels), 32 x 32."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pruning.data import contract
from pruning.data.shared.cifar import Cifar
from pruning.data.shared.dataset import Dataset

KIND = Cifar(
    name="cifar100",
    classes=100,
    python_folder="cifar-100-python",
    binary_folder="cifar-100-binary",
    train=("train",),
    test=("test",),
    meta="meta",
    names_key=b"fine_label_names",
    labels_key=b"fine_labels",
    names_file="fine_label_names.txt",
    label_bytes=2,  # of the twenty coarse classes, then of the hundred
    mean=(0.5071, 0.4865, 0.4409),
    std=(0.2673, 0.2564, 0.2762),
)


@dataclass(frozen=True)
class Source(contract.Source):
    """``cifar100``: it has no arguments."""

    def load(self, root: Path | str | None = None) -> Dataset:
        """The data set in ``root``: ``cifar-100-python``, ``cifar-100-binary`` or what holds one."""
        return KIND.load(root)
