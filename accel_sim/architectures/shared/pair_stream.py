"""From a kernel's tables and counts to the stream of passes that look for pairs of non-zeros."""

from __future__ import annotations

import numpy as np

from accel_sim.architectures.contract import Ints, Stream, Work
from accel_sim.kernels.arrays.shared.pair_stream import PairCounts, PairTables


def pair_stream(
    tables: PairTables, counts: PairCounts, survivors: Ints, metadata_bits: Ints, word_bits: int
) -> Stream:
    """The stream of what a kernel found of pairs: no two output tiles have the same activations.

    Args:
        survivors: weights of each pass, int64 [passes].
        metadata_bits: what is stored beside them, int64 [passes].
    """
    walks = len(tables.slots)  # every m tile is walked once for each output tile
    return Stream(
        variant=np.arange(walks),
        slots=tables.slots,
        work=tables.work,
        bits=tables.stream_bits,
        preload_bits=(survivors * word_bits + metadata_bits)[np.newaxis],
        total=Work(
            balanced_slots=counts.balanced_slots,
            slots=counts.slots,
            macs=counts.pairs,
            issued_macs=counts.pairs,
            lrf_reads=counts.lrf_reads,
            lrf_writes=counts.lrf_writes,
            lrf_metadata_reads=counts.lrf_metadata_reads,
            accumulations=counts.accumulations,
            smem_words=counts.stream_words + int(survivors.sum()) * walks,
            smem_metadata_bits=counts.bitmap_bits + int(metadata_bits.sum()) * walks,
        ),
    )
