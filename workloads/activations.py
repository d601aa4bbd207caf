"""Which input activations of a layer are not zero: drawn by one density or one a channel, or real masks.

Densities stand for random masks, drawn for each activation independently from a generator that the
layer's name seeds. So the same inputs give the same masks, a lower density keeps a subset of what a
higher one keeps, and the first images of a larger batch are those of a smaller one.
"""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workloads.inputs import InputError
from workloads.inputs.values import fraction
from workloads.kernels import bits
from workloads.layer import Layer
from workloads.masks import KeepMask

_DRAWN_AT_ONCE = 1 << 20  # activations; the mask of a batch is drawn in pieces, to save memory


@dataclass(frozen=True)
class Uniform:
    """The same fraction of non-zeros in every input channel."""

    density: float = 1.0

    @property
    def content(self) -> bytes:
        """What decides the mask, for hashes."""
        return b"uniform" + struct.pack("<d", self.density)

    def check(self, layer: Layer) -> None:
        """Raise :class:`InputError` unless the density is within 0 and 1."""
        fraction(self.density, f"{layer.name}: activation_density")

    def keep_mask(self, layer: Layer, seed_name: str) -> KeepMask:
        """A random mask [batch x in_h x in_w, in_channels]."""
        return _draw(np.full(layer.in_channels, self.density), layer, seed_name)


@dataclass(frozen=True)
class PerChannel:
    """The fraction of non-zeros in each input channel."""

    densities: tuple[float, ...]

    @property
    def density(self) -> float:
        """Fraction of non-zeros in all channels, which are of one size."""
        return math.fsum(self.densities) / len(self.densities)

    @property
    def content(self) -> bytes:
        """What decides the mask, for hashes."""
        return b"per_channel" + struct.pack(f"<{len(self.densities)}d", *self.densities)

    def check(self, layer: Layer) -> None:
        """Raise :class:`InputError` unless there is a density within 0 and 1 for each input channel."""
        where = f"{layer.name}: activation_density"
        if len(self.densities) != layer.in_channels:
            raise InputError(
                f"{where}: expected one for each of {layer.in_channels} channels, got {len(self.densities)}"
            )
        for channel, density in enumerate(self.densities):
            fraction(density, f"{where}: channel {channel}")

    def keep_mask(self, layer: Layer, seed_name: str) -> KeepMask:
        """A random mask [batch x in_h x in_w, in_channels]."""
        return _draw(np.array(self.densities, np.float64), layer, seed_name)


@dataclass(frozen=True)
class Given:
    """Real masks of some inputs: image i of a batch is sample i modulo the samples.

    ``keep`` is [samples x in_h x in_w, in_channels], row (sample * in_h + y) * in_w + x.
    """

    keep: KeepMask

    @property
    def density(self) -> float:
        """Fraction of non-zeros over all samples."""
        return self.keep.density

    @property
    def content(self) -> bytes:
        """What decides the mask, for hashes."""
        return b"given" + self.keep.words.tobytes()

    def check(self, layer: Layer) -> None:
        """Raise :class:`InputError` unless the mask holds whole samples of the layer's input."""
        rows, pixels = self.keep.m_dim, layer.in_h * layer.in_w
        if rows == 0 or rows % pixels or self.keep.k_dim != layer.in_channels:
            raise InputError(
                f"{layer.name}: activation_keep: expected {layer.in_channels} channels of whole samples of"
                f" {layer.in_h} x {layer.in_w} pixels, got {rows} pixels of {self.keep.k_dim} channels"
            )

    def keep_mask(self, layer: Layer, seed_name: str) -> KeepMask:  # noqa: ARG002 - nothing is drawn
        """The samples in turn, as a mask [batch x in_h x in_w, in_channels]."""
        pixels = layer.in_h * layer.in_w
        samples = self.keep.words.reshape(-1, pixels, self.keep.words.shape[1])
        images = samples[np.arange(layer.batch) % len(samples)]
        return KeepMask(images.reshape(layer.batch * pixels, -1), self.keep.k_dim)


Densities = Uniform | PerChannel
Activations = Densities | Given
DENSE = Uniform()


def _draw(densities: npt.NDArray[np.float64], layer: Layer, seed_name: str) -> KeepMask:
    """A mask whose columns hold ones with ``densities`` [in_channels]."""
    rows = layer.batch * layer.in_h * layer.in_w
    if (densities == 1).all():
        return KeepMask.ones(rows, layer.in_channels)
    words = KeepMask.blank(rows, layer.in_channels)
    if densities.any():
        random = np.random.default_rng(zlib.crc32(seed_name.encode()))
        step = max(1, _DRAWN_AT_ONCE // layer.in_channels)
        for start in range(0, rows, step):
            piece = words[start : start + step]
            bits.pack(random.random((len(piece), layer.in_channels)) < densities, piece)
    return KeepMask(words, layer.in_channels)
