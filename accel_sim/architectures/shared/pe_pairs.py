"""A layer on PEs that look for pairs: its stretches, survivors, metadata, stream (rules 11a and 11b)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from accel_sim.architectures.contract import Ints, SmemLayout, Stream
from accel_sim.architectures.shared.geometry import layer_shape
from accel_sim.architectures.shared.pair_stream import pair_stream
from accel_sim.architectures.shared.zero_activations import unfolded_stretches
from accel_sim.kernels.arrays.shared.pe_pairs import PeGrid, cut_stretches, pair_passes
from workloads.formats import index_bits
from workloads.workload import MaskedLayer


@dataclass(frozen=True)
class Pairs:
    """A layer in stretches of ``depth`` k positions on PEs that look for pairs."""

    masked: MaskedLayer
    order: Ints  # the output channel that each row is, [m_dim]
    pes: PeGrid
    depth: int
    layout: SmemLayout

    @cached_property
    def _weights(self) -> npt.NDArray[np.uint64]:
        """Surviving weights, uint64 [stretches, m_dim, words], rows in their order."""
        mask = self.masked.mask
        return cut_stretches(mask.words[self.order], mask.k_dim, self.depth)

    def _activations(self, columns: int) -> npt.NDArray[np.uint64]:
        """Uint64 [stretches, convolution groups, output tiles, turns, PE columns, words]."""
        n_dim, across = self.masked.layer.n_dim, self.pes.columns
        turns, tiles, column = -(-columns // across), -(-n_dim // columns), np.arange(n_dim)
        place_of = column // columns * (turns * across) + column % columns
        cut = unfolded_stretches(self.masked, self.depth, place_of, tiles * turns * across)
        return cut.reshape(*cut.shape[:2], tiles, turns, across, -1)

    @cached_property
    def first(self) -> Ints:
        """The first pass of each m tile, int64 [m tiles + 1]: one a stretch."""
        m_tiles = -(-self.masked.layer.m_dim // self.pes.tile_m)
        return np.arange(m_tiles + 1) * len(self._weights)

    @cached_property
    def survivors(self) -> Ints:
        """Surviving weights of each pass."""
        return self._of_passes(np.bitwise_count(self._weights).sum(axis=2, dtype=np.int64))

    @cached_property
    def metadata_bits(self) -> Ints:
        """A place for each survivor and a count for each channel of the m tile."""
        count_bits = index_bits(self.depth + 1)
        channels = self._of_passes(np.ones(self._weights.shape[:2], np.int64))
        return self.survivors * index_bits(self.depth) + channels * count_bits

    def _of_passes(self, of_rows: Ints) -> Ints:
        """Sums over the rows of each m tile: from [stretches, m_dim] to [passes]."""
        begins = np.arange(0, of_rows.shape[1], self.pes.tile_m)
        return np.add.reduceat(of_rows, begins, axis=1).T.ravel()

    def stream(self, columns: int) -> Stream:
        """The passes over output tiles of so many columns, each with its own activations."""
        word_bits = self.layout.word_bits
        tables, counts = pair_passes(
            self._weights,
            self._activations(columns),
            self.order,
            layer_shape(self.masked.layer),
            self.pes,
            self.depth,
            columns,
            word_bits,
        )
        return pair_stream(tables, counts, self.survivors, self.metadata_bits, word_bits)
