"""Real images: a data set is a file here, found by its name, and the user's choice of classes.

Each such file holds a frozen dataclass ``Source`` whose fields are the arguments in
``image_folder(size=64)`` and whose ``load(root)`` gives a :class:`Dataset`. Names are imported when
first used, so that a command line which only prints help never waits for torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workloads.lazy import lazy_names

if TYPE_CHECKING:
    from pruning.data.contract import Source, data_names, load_dataset
    from pruning.data.fashion_mnist import load_fashion_mnist
    from pruning.data.shared.dataset import Dataset, parse_classes

__all__ = ["Dataset", "Source", "data_names", "load_dataset", "load_fashion_mnist", "parse_classes"]

__getattr__ = lazy_names(
    __name__,
    {
        "Dataset": "pruning.data.shared.dataset",
        "Source": "pruning.data.contract",
        "data_names": "pruning.data.contract",
        "load_dataset": "pruning.data.contract",
        "load_fashion_mnist": "pruning.data.fashion_mnist",
        "parse_classes": "pruning.data.shared.dataset",
    },
)
