"""Stepped: weight and ifmap tiles in SMEM, their slices in bytes and bursts (rules 7, 8b, 12, 14 and 19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from accel_sim.machine import Machine
from accel_sim.reference.unfold import Pixel, pixels_under
from workloads.layer import Layer


class Stored(Protocol):
    """What of a stepped pass lies in DRAM."""

    @property
    def stored_weights(self) -> int:
        """Words."""

    @property
    def metadata_bits(self) -> int:
        """Beside them."""


@dataclass(eq=False)
class Tile:
    """One stay of a tile in SMEM: values, then metadata, then what fills its last burst."""

    value_bytes: int
    metadata_bytes: int
    stored_bytes: int  # whole bursts
    pixels: frozenset[Pixel]  # of an ifmap tile
    first_burst: int = 0  # where it lies in DRAM (rule 20b)
    last_step: int = -1  # that uses it
    loaded_bytes: int = 0

    @property
    def whole(self) -> bool:
        """Whether all of it has come from DRAM."""
        return self.loaded_bytes == self.stored_bytes


@dataclass(frozen=True)
class Slice:
    """The bursts ``first`` to ``last`` of a tile, the last not among them."""

    tile: Tile
    first: int
    last: int
    burst_bytes: int

    @property
    def start(self) -> int:
        """Its first byte."""
        return self.first * self.burst_bytes

    @property
    def end(self) -> int:
        """The byte behind its last."""
        return self.last * self.burst_bytes

    @property
    def size(self) -> int:
        """Bytes."""
        return self.end - self.start

    @property
    def bursts(self) -> list[int]:
        """Where it lies in DRAM."""
        return [self.tile.first_burst + i for i in range(self.first, self.last)]

    @property
    def metadata_bytes(self) -> int:
        """Those of its bytes that are metadata."""
        first = self.tile.value_bytes
        return max(0, min(self.end, first + self.tile.metadata_bytes) - max(self.start, first))


def weight_tile(passes: Sequence[Stored], machine: Machine) -> Tile:
    """The compressed weights of some passes and their metadata, side by side."""
    values = sum(p.stored_weights for p in passes) * machine.word_bytes
    metadata = -(-sum(p.metadata_bits for p in passes) // 8)
    return Tile(values, metadata, in_bursts(values + metadata, machine), frozenset())


def ifmap_tile(
    layer: Layer, columns: range, machine: Machine, compressed: npt.NDArray[np.int8] | None = None
) -> Tile:
    """The input pixels under some output columns, all channels.

    Args:
        compressed: all activations [batch, in_channels, in_h, in_w], where only those that are not zero
            lie in DRAM, with a bit for each of all beside them.
    """
    pixels = pixels_under(layer, columns)
    words, bits = len(pixels) * layer.in_channels, 0
    if compressed is not None:
        words, bits = sum(int(np.count_nonzero(compressed[i, :, y, x])) for i, y, x in pixels), words
    values, metadata = words * machine.word_bytes, -(-bits // 8)
    return Tile(values, metadata, in_bursts(values + metadata, machine), pixels)


def in_bursts(size: int, machine: Machine) -> int:
    """Bytes rounded up to whole bursts."""
    burst = machine.transfer.burst_bytes
    return -(-size // burst) * burst
