"""What every method offers, and methods written as text, ``crisp(2:4, block=16)``."""

from __future__ import annotations

from typing import Protocol

import pruning.methods
from pruning.methods.shared.matrices import Saliency
from workloads.inputs.parts import part_from_text, part_names
from workloads.masks import KeepMask


class Method(Protocol):
    """Chooses which weights survive."""

    def choose(self, saliency: Saliency, sparsity: float, always_kept: int) -> dict[str, KeepMask]:
        """A mask for each layer of ``saliency``, together at the global ``sparsity``.

        Args:
            always_kept: weights of exempt layers, which count as survivors.
        """
        ...


def method_names() -> list[str]:
    """Names of the methods there are."""
    return part_names(pruning.methods)


def parse_method(text: str) -> Method:
    """The method that ``text`` describes.

    Raises:
        InputError: unknown name or argument, or numbers that make no sense.
    """
    method: Method = part_from_text(pruning.methods, text, "pattern", "Method")
    return method
