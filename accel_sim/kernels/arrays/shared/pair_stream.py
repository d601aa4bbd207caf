"""What passes take that look for pairs of a surviving weight and a non-zero activation (11a to 11g)."""

from __future__ import annotations

from typing import NamedTuple

from workloads.kernels.types import Ints


class PairTables(NamedTuple):
    """What each pass takes, int64 [output tiles, passes]."""

    slots: Ints
    work: Ints
    stream_bits: Ints


class PairCounts(NamedTuple):
    """What all passes take together."""

    pairs: int
    accumulations: int
    lrf_reads: int
    lrf_metadata_reads: int
    lrf_writes: int
    stream_words: int
    bitmap_bits: int  # of the stream
    balanced_slots: int
    slots: int
