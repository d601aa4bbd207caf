"""Find a data set by name: ``fashion_mnist``, ``cifar10``, ``image_folder(size=64)``, ``glyph62``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pruning.data
from pruning.data.shared.dataset import Dataset
from workloads.inputs.parts import part_from_text, part_names


class Source(Protocol):
    """Reads one kind of data set."""

    def load(self, root: Path | str | None = None) -> Dataset:
        """The data set in the folder ``root``; ``None`` is where it usually lies, if there is such a place.

        Raises:
            InputError: the folder or a file of it is absent or is not what it has to be.
        """
        ...


def data_names() -> list[str]:
    """Names that :func:`load_dataset` knows."""
    return part_names(pruning.data)


def load_dataset(text: str, root: Path | str | None = None) -> Dataset:
    """The data set that ``text`` names, ``name`` or ``name(argument=value, ...)``, read from ``root``.

    Raises:
        InputError: unknown name or argument, or as :meth:`Source.load`.
    """
    source: Source = part_from_text(pruning.data, text, "data", "Source")
    return replace(source.load(root), source=text)
