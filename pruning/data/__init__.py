"""Real images: a data set is a file here, found by its name, and the user's choice of classes.

Each such file holds a frozen dataclass ``Source`` whose fields are the arguments in
``image_folder(size=64)`` and whose ``load(root)`` gives a :class:`Dataset`. Names are imported when
first used, so that a command line which only prints help never waits for torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workloads.lazy import lazy_names

if TYPE_CHECKING:
    from pruning.data.dataset import Dataset, parse_classes
    from pruning.data.fashion_mnist import load_fashion_mnist
    from pruning.data.sources import Source, data_names, load_dataset

# Modules that are no data set.
SHARED = (
    "cifar",
    "dataset",
    "glyphs",
    "idx",
    "make_subset",
    "pixels",
    "safe_pickle",
    "sheet",
    "sources",
)

__all__ = ["Dataset", "Source", "data_names", "load_dataset", "load_fashion_mnist", "parse_classes"]

__getattr__ = lazy_names(
    __name__,
    {
        "Dataset": "pruning.data.dataset",
        "Source": "pruning.data.sources",
        "data_names": "pruning.data.sources",
        "load_dataset": "pruning.data.sources",
        "load_fashion_mnist": "pruning.data.fashion_mnist",
        "parse_classes": "pruning.data.dataset",
    },
)
