"""Streams of passes that serve one column after another (rule 8a), with what zero activations save (8b)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from accel_sim.architectures.contract import Ints, SmemLayout, Stream, Work
from accel_sim.architectures.shared.list_walk import Demand
from accel_sim.architectures.shared.output_tiles import tile_widths, widths
from accel_sim.architectures.shared.zero_activations import column_counts, pairs
from accel_sim.kernels.arrays.shared.list_walk import demand_tables, demand_totals
from workloads.workload import MaskedLayer

Activations = Literal["dense", "gate", "compress"]


@dataclass(frozen=True)
class Columns:
    """A layer, its passes, and the multipliers that serve its columns."""

    masked: MaskedLayer
    demand: Demand
    turns: Ints  # cycles that each pass needs to feed its cores one column (rule 6a)
    balanced_turns: int  # of all passes, if every m tile's were spread evenly over its cores (rule 9)
    multipliers: int
    offset_bits: int  # metadata that stands beside a weight in its LRF
    layout: SmemLayout

    @cached_property
    def preload_bits(self) -> Ints:
        """Bits of the stored weights and their metadata, int64 [1, passes]."""
        return (self.demand.weights * self.layout.word_bits + self.demand.metadata_bits)[np.newaxis]

    def stream(self, columns: int) -> Stream:
        """The passes over output tiles of so many columns."""
        width, variant = widths(self.masked.layer.n_dim, columns)
        slots, work, bits = demand_tables(self.demand, self.turns, width, self.layout.word_bits)
        return Stream(
            variant=variant,
            slots=slots,
            work=work,
            bits=bits,
            preload_bits=self.preload_bits,
            total=self.total(columns),
        )

    def total(self, columns: int) -> Work:
        """What they do in all."""
        n_dim, of_passes = self.masked.layer.n_dim, demand_totals(self.demand)
        walks = -(-n_dim // columns)  # every m tile is walked once for each output tile of columns
        stored = of_passes.weights
        return Work(
            balanced_slots=self.balanced_turns * n_dim,
            slots=int(self.turns.sum()) * n_dim,
            macs=self.masked.mask.kept * n_dim,
            issued_macs=stored * n_dim,
            lrf_reads=stored * n_dim,
            lrf_writes=stored * walks,
            lrf_metadata_reads=stored * n_dim if self.offset_bits else 0,
            accumulations=of_passes.served * n_dim,
            smem_words=of_passes.activations * n_dim + stored * walks,
            smem_metadata_bits=of_passes.metadata_bits * walks,
        )


@dataclass(frozen=True)
class GatedColumns(Columns):
    """Columns, where a multiplier whose weight or activation is zero does not switch."""

    @cached_property
    def pairs(self) -> int:
        """Multiplications of two operands that are not zero."""
        return pairs(self.masked)

    def total(self, columns: int) -> Work:
        """What they do in all."""
        total = super().total(columns)
        return total._replace(
            macs=self.pairs, issued_macs=self.pairs, gated_macs=total.issued_macs - self.pairs
        )


@dataclass(frozen=True)
class CompressedColumns(GatedColumns):
    """Columns, where zero activations are left out of DRAM and SMEM too."""

    distinct: Ints  # groups that passes ask for, pass after pass, as convolution group x groups of k + group
    m_group: int

    def stream(self, columns: int) -> Stream:
        """The passes over output tiles of so many columns, each with its own activations."""
        each = tile_widths(self.masked.layer.n_dim, columns)[:, np.newaxis]
        slots = each * self.turns
        bits = self._nonzeros(columns) * self.layout.word_bits + each * self.demand.activations
        return Stream(np.arange(len(each)), slots, slots, bits, self.preload_bits, self.total(columns))

    def total(self, columns: int) -> Work:
        """What they do in all."""
        total, asked = super().total(columns), int(self.demand.activations.sum()) * self.masked.layer.n_dim
        words = total.smem_words - asked + int(self._nonzeros(self.masked.layer.n_dim).sum())
        return total._replace(smem_words=words, smem_metadata_bits=total.smem_metadata_bits + asked)

    def _nonzeros(self, columns: int) -> Ints:
        """Non-zero activations that each pass asks for: int64 [output tiles, passes]."""
        counts = column_counts(self.masked, columns)
        begins = np.arange(0, self.masked.layer.k_dim, self.m_group)
        of_groups = np.add.reduceat(counts, begins, axis=2, dtype=np.int64).reshape(len(counts), -1)
        if not len(self.distinct):
            return np.zeros((len(counts), 0), np.int64)
        starts = np.cumsum(self.demand.groups) - self.demand.groups
        return np.add.reduceat(of_groups[:, self.distinct], starts, axis=1)
