"""What every method offers, and methods written as text, ``crisp(2:4, block=16)``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from torch import Tensor, nn

import pruning.methods
from pruning.methods.shared.matrices import Saliency
from pruning.saliencies import Samples
from workloads.inputs import InputError
from workloads.inputs.parts import part_from_text, part_names
from workloads.masks import KeepMask


class Method(Protocol):
    """A pattern, and the way a network is brought to it: masked or narrowed."""

    def storage(self, k_dim: int) -> str:  # noqa: ARG002
        """The format that suits a layer of so many weights a row, as :mod:`workloads.formats` reads it."""
        return "bitmap"


class MaskingMethod(Method, Protocol):
    """A method that masks: it chooses which weights survive.

    Fields called ``n_keep``, ``m_group`` and ``block`` are the sizes of its groups and blocks.
    """

    @property
    def ratio(self) -> tuple[int, int] | None:
        """``n_keep`` and ``m_group``, None where it has no N:M."""
        n_keep, m_group = (getattr(self, name, None) for name in ("n_keep", "m_group"))
        return None if n_keep is None or m_group is None else (n_keep, m_group)

    @property
    def side(self) -> int:
        """Weights of a block's side; of a group where it has no blocks; else 1."""
        return int(getattr(self, "block", getattr(self, "m_group", 1)))

    @property
    def prunes_blocks(self) -> bool:
        """Whether whole blocks go, until the sparsity is met."""
        return hasattr(self, "block")

    def choose(self, saliency: Saliency, sparsity: float, always_kept: int) -> dict[str, KeepMask]:
        """A mask for each layer of ``saliency``, together at the global ``sparsity``.

        Args:
            always_kept: weights of exempt layers, which count as survivors.
        """
        ...


@runtime_checkable
class NarrowingMethod(Method, Protocol):
    """A method that makes layers smaller, of which nothing is masked."""

    @property
    def score(self) -> str:
        """What it chooses by."""
        ...

    @property
    def needs_saliency(self) -> bool:
        """Whether it chooses by the saliency of a run."""
        ...

    def without_data(self) -> NarrowingMethod:
        """The same, choosing by a score that looks at no data."""
        ...

    def narrow(
        self,
        model: nn.Module,
        example: Tensor,
        density: float,
        saliency: Mapping[str, Tensor] | None = None,
        samples: Samples | None = None,
    ) -> None:
        """Make ``model`` smaller in place, to ``density`` of its parameters.

        Args:
            example: [batch, channels, ...], inputs of which shapes are taken.
            saliency: of each weight, [m_dim, k_dim] by layer, in place of its own score.
            samples: images of the user's classes, for scores that look at them.
        """
        ...


def method_names() -> list[str]:
    """Names of the methods there are."""
    return part_names(pruning.methods)


def parse_method(text: str) -> MaskingMethod | NarrowingMethod:
    """The method that ``text`` describes.

    Raises:
        InputError: unknown name or argument, or numbers that make no sense.
    """
    method: MaskingMethod | NarrowingMethod = part_from_text(pruning.methods, text, "pattern", "Method")
    return method


def parse_masking(text: str) -> MaskingMethod:
    """The method that ``text`` describes, of those that mask.

    Raises:
        InputError: as :func:`parse_method`, or it makes layers smaller.
    """
    method = parse_method(text)
    if isinstance(method, NarrowingMethod):
        raise InputError(f"pattern: expected one that masks, got {text!r}, which makes layers smaller")
    return method
