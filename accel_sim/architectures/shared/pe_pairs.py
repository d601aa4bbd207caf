"""PEs that look for the pairs of a surviving weight and a non-zero activation (rules 11a and 11b)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from accel_sim.architectures.contract import Ints, SmemLayout, Stream, Work
from accel_sim.architectures.shared.zero_activations import unfolded_stretches
from accel_sim.kernels.arrays.shared import pe_pairs as kernels
from accel_sim.kernels.arrays.shared.zero_activations import cut_stretches
from workloads.formats import index_bits
from workloads.workload import MaskedLayer


@dataclass(frozen=True)
class Pes:
    """A grid of PEs, channels along its rows and output pixels along its columns."""

    rows: int
    columns: int
    channels_a_row: int
    lanes: int
    operand_banks: int  # 0: any activations of a pass can be read together
    dynamic: bool  # whether they take their work from a queue

    @property
    def tile_rows(self) -> int:
        """Output channels of an m tile."""
        return self.rows * self.channels_a_row


@dataclass(frozen=True)
class Pairs:
    """A layer in stretches of ``depth`` k positions on such a grid."""

    item: MaskedLayer
    order: Ints  # the output channel that each row is, [m_dim]
    pes: Pes
    depth: int
    layout: SmemLayout

    @cached_property
    def _weights(self) -> npt.NDArray[np.uint64]:
        """Surviving weights, uint64 [stretches, m_dim, words], rows in their order."""
        mask = self.item.mask
        words = mask.words[self.order]
        cut: npt.NDArray[np.uint64] = cut_stretches(words, mask.k_dim, self.depth)
        return cut

    def _activations(self, columns: int) -> npt.NDArray[np.uint64]:
        """Uint64 [stretches, convolution groups, output tiles, turns, PE columns, words]."""
        n_dim, across = self.item.layer.n_dim, self.pes.columns
        turns, tiles, column = -(-columns // across), -(-n_dim // columns), np.arange(n_dim)
        place_of = column // columns * (turns * across) + column % columns
        cut = unfolded_stretches(self.item, self.depth, place_of, tiles * turns * across)
        return cut.reshape(*cut.shape[:2], tiles, turns, across, -1)

    @cached_property
    def first(self) -> Ints:
        """The first pass of each m tile, int64 [m tiles + 1]: one a stretch."""
        m_tiles = -(-self.item.layer.m_dim // self.pes.tile_rows)
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
        begins = np.arange(0, of_rows.shape[1], self.pes.tile_rows)
        return np.add.reduceat(of_rows, begins, axis=1).T.ravel()

    def stream(self, columns: int) -> Stream:
        """The passes over output tiles of so many columns, each with its own activations."""
        layer, pes, bits = self.item.layer, self.pes, self.layout.word_bits
        slots, work, asked, counts = kernels.pair_passes(
            self._weights,
            self._activations(columns),
            self.order,
            np.array((layer.k_dim, layer.n_dim, layer.m_dim // layer.groups, columns, bits)),
            np.array((pes.rows, pes.channels_a_row, pes.lanes, pes.operand_banks, pes.dynamic)),
            self.depth,
        )
        preload = (self.survivors * bits + self.metadata_bits)[np.newaxis]
        return Stream(np.arange(len(slots)), slots, work, asked, preload, self._total(counts, len(slots)))

    def _total(self, counts: Ints, walks: int) -> Work:
        met = int(counts[kernels.PAIRS])
        return Work(
            balanced_slots=int(counts[kernels.BALANCED]),
            slots=int(counts[kernels.SLOTS]),
            macs=met,
            issued_macs=met,
            lrf_reads=2 * met,
            lrf_writes=int(counts[kernels.LRF_WRITES]),
            lrf_metadata_reads=met if self.depth > 1 else 0,
            accumulations=int(counts[kernels.MEETINGS]),
            smem_words=int(counts[kernels.STREAM_WORDS]) + int(self.survivors.sum()) * walks,
            smem_metadata_bits=int(counts[kernels.STREAM_BITS]) + int(self.metadata_bits.sum()) * walks,
        )
