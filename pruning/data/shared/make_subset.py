"""Write the embedded class-balanced subset of Fashion-MNIST.

``python -m pruning.data.shared.make_subset [FOLDER]``: the first 600 training and the first 200 test images
of each class, in the order of the full set.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from pruning.data.fashion_mnist import CLASS_NAMES, DEBIAN_FOLDER
from pruning.data.shared.idx import read_idx, write_idx

_PER_CLASS = {"train": 600, "t10k": 200}
TARGET = Path(__file__).parents[1] / "fashion_mnist_subset"


def main(source: Path = DEBIAN_FOLDER) -> None:
    """Cut the subset out of the full set in ``source`` and write it as gzipped IDX files."""
    TARGET.mkdir(exist_ok=True)
    for part, count in _PER_CLASS.items():
        images = read_idx(source / f"{part}-images-idx3-ubyte.gz")
        labels = read_idx(source / f"{part}-labels-idx1-ubyte.gz")
        chosen = np.sort(
            np.concatenate([np.flatnonzero(labels == c)[:count] for c in range(len(CLASS_NAMES))])
        )
        write_idx(TARGET / f"{part}-images-idx3-ubyte.gz", images[chosen])
        write_idx(TARGET / f"{part}-labels-idx1-ubyte.gz", labels[chosen])
        print(f"{part}: {len(chosen)} images in {TARGET}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
