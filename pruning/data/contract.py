"""What every data set offers, and data sets written as text, ``cifar10``, ``image_folder(size=64)``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import pruning.data
from pruning.data.shared.dataset import Dataset
from workloads.inputs.parts import part_from_text, part_names


@dataclass(frozen=True)
class Absent:
    """What has to be installed before a data set can be read."""

    packages: list[str]  # that are absent
    needed: int  # packages in all
    command: str  # installs them


class Source(Protocol):
    """Reads one kind of data set."""

    def absent(self) -> Absent | None:
        """What is not installed of where the data usually lie; None if nothing is."""
        return None

    def left_out(self, root: Path | str | None = None) -> Mapping[str, str] | None:  # noqa: ARG002
        """What the folder ``root`` holds that is no part of the data set, and why; None: nobody looks."""
        return None

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
    return replace(parse_source(text).load(root), source=text)


def parse_source(text: str) -> Source:
    """What reads the data set that ``text`` names.

    Raises:
        InputError: unknown name or argument.
    """
    source: Source = part_from_text(pruning.data, text, "data", "Source")
    return source
