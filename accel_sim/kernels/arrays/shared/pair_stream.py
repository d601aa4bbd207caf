"""Compiled: tables and counts of passes that look for non-zero pairs (rules 11a, 11b and 11e to 11g)."""

from __future__ import annotations

from typing import NamedTuple

from workloads.kernels.types import Ints


class PairTables(NamedTuple):
    """What each pass that looks for pairs takes, int64 [output tiles, passes]."""

    slots: Ints  # cycles, if no bank of operands were asked twice
    work: Ints  # cycles
    stream_bits: Ints


class PairCounts(NamedTuple):
    """What all passes that look for pairs take together (rules 29 to 33)."""

    pairs: int  # of a surviving weight and a non-zero activation that meet
    accumulations: int  # of sums in the RF
    lrf_reads: int  # words
    lrf_metadata_reads: int  # places of words
    lrf_writes: int  # words
    stream_words: int  # without the preloads
    bitmap_bits: int  # of the stream
    balanced_slots: int  # cycles, if each pass were spread evenly over its PEs or cores
    slots: int  # cycles
