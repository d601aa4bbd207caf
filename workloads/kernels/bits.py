"""Kernels on packed masks: bits, ones, N:M, which blocks live, are full or partial.

A mask is uint64 words [rows, ceil(k_dim / 64)]; bit j of a row = weight j survives. Bits at and beyond
``k_dim`` are zero in every mask; the kernels keep it so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from workloads.kernels.jit import compiler
from workloads.kernels.types import Bools, Ints, Words

kernel = compiler(Path(__file__).parent)

WORD = 64
_ONE = np.uint64(1)
_PAIRS = np.uint64(0x5555555555555555)
_NIBBLES = np.uint64(0x3333333333333333)
_BYTES = np.uint64(0x0F0F0F0F0F0F0F0F)
_SUM_BYTES = np.uint64(0x0101010101010101)


@kernel
def popcount(word: np.uint64) -> int:
    """Ones in a 64-bit word."""
    x = word - ((word >> np.uint64(1)) & _PAIRS)
    x = (x & _NIBBLES) + ((x >> np.uint64(2)) & _NIBBLES)
    x = (x + (x >> np.uint64(4))) & _BYTES
    ones: Any = np.int64((x * _SUM_BYTES) >> np.uint64(56))
    return ones


@kernel
def field(row: Words, start: int, width: int) -> np.uint64:
    """``width`` (1 to 64) bits of a mask's row from bit ``start`` on; bits beyond the row are zero."""
    index, shift = start // WORD, start % WORD
    value: np.uint64 = row[index] >> np.uint64(shift)
    if shift + width > WORD and index + 1 < row.shape[0]:
        value |= row[index + 1] << np.uint64(WORD - shift)
    if width < WORD:
        value &= (_ONE << np.uint64(width)) - _ONE
    return value


@kernel
def count_ones(words: Words) -> Ints:
    """Ones of each row of a mask: int64 [rows]."""
    counts = np.zeros(words.shape[0], np.int64)
    for i in range(words.shape[0]):
        total = 0
        for j in range(words.shape[1]):
            total += popcount(words[i, j])
        counts[i] = total
    return counts


@kernel
def pack(dense: Bools, words: Words) -> None:
    """Pack a bool array [rows, k_dim] into the ``words`` of a mask."""
    for i in range(dense.shape[0]):
        for j in range(words.shape[1]):
            word = np.uint64(0)
            start = j * WORD
            for b in range(min(WORD, dense.shape[1] - start)):
                if dense[i, start + b]:
                    word |= _ONE << np.uint64(b)
            words[i, j] = word


@kernel
def unpack(words: Words, dense: Bools) -> None:
    """Unpack the ``words`` of a mask into a bool array [rows, k_dim]."""
    for i in range(dense.shape[0]):
        for k in range(dense.shape[1]):
            dense[i, k] = (words[i, k // WORD] >> np.uint64(k % WORD)) & _ONE != 0


@kernel
def obeys_nm(words: Words, k_dim: int, n_keep: int, m_group: int) -> bool:
    """Whether no group of ``m_group`` consecutive weights of a row holds more than ``n_keep``."""
    if n_keep >= m_group:
        return True
    if m_group == 4:  # all 16 groups of a word at once
        limit = np.uint64(0x1111111111111111) * np.uint64(7 - n_keep)
        high = np.uint64(0x8888888888888888)
        for i in range(words.shape[0]):
            for j in range(words.shape[1]):
                x = words[i, j] - ((words[i, j] >> np.uint64(1)) & _PAIRS)
                x = (x & _NIBBLES) + ((x >> np.uint64(2)) & _NIBBLES)
                if (x + limit) & high:
                    return False
        return True
    for i in range(words.shape[0]):
        for start in range(0, k_dim, m_group):
            width = min(m_group, k_dim - start)
            ones = 0
            for piece in range(0, width, WORD):
                ones += popcount(field(words[i], start + piece, min(WORD, width - piece)))
            if ones > n_keep:
                return False
    return True


@kernel
def living_blocks(words: Words, k_dim: int, block_m: int, block_k: int) -> Bools:
    """Which blocks hold a surviving weight: bool [ceil(rows / block_m), ceil(k_dim / block_k)]."""
    rows, width = words.shape
    block_rows, block_columns = -(-rows // block_m), -(-k_dim // block_k)
    alive = np.zeros((block_rows, block_columns), np.bool_)
    merged = np.zeros(width, np.uint64)
    per_word, whole = WORD // block_k, (_ONE << np.uint64(block_k % WORD)) - _ONE
    for i in range(block_rows):
        merged[:] = 0
        for row in range(i * block_m, min((i + 1) * block_m, rows)):
            for j in range(width):
                merged[j] |= words[row, j]
        if block_k < WORD and WORD % block_k == 0:  # a word holds whole blocks, and a shift is all they take
            for at in range(width):
                word = merged[at]
                for j in range(at * per_word, min((at + 1) * per_word, block_columns)):
                    alive[i, j] = word & whole != 0
                    word >>= np.uint64(block_k)
            continue
        for j in range(block_columns):
            start = j * block_k
            stop = min(start + block_k, k_dim)
            for piece in range(start, stop, WORD):
                if field(merged, piece, min(WORD, stop - piece)):
                    alive[i, j] = True
                    break
    return alive


@kernel
def count_blocks(words: Words, k_dim: int, block_m: int, block_k: int) -> Ints:
    """Surviving weights of each block: int64 [ceil(rows / block_m), ceil(k_dim / block_k)]."""
    rows = words.shape[0]
    block_rows, block_columns = -(-rows // block_m), -(-k_dim // block_k)
    counts = np.zeros((block_rows, block_columns), np.int64)
    for row in range(rows):
        for j in range(block_columns):
            start = j * block_k
            stop = min(start + block_k, k_dim)
            for piece in range(start, stop, WORD):
                counts[row // block_m, j] += popcount(field(words[row], piece, min(WORD, stop - piece)))
    return counts


@kernel
def block_is_full(words: Words, k_dim: int, block_m: int, block_k: int, i: int, j: int) -> bool:
    """Whether every weight of a block (those beyond the matrix aside) survives."""
    for row in range(i * block_m, min((i + 1) * block_m, words.shape[0])):
        stop = min((j + 1) * block_k, k_dim)
        for piece in range(j * block_k, stop, WORD):
            width = min(WORD, stop - piece)
            full = ~np.uint64(0) if width == WORD else (_ONE << np.uint64(width)) - _ONE
            if field(words[row], piece, width) != full:
                return False
    return True


@kernel
def first_partial_block(words: Words, k_dim: int, block_m: int, block_k: int) -> tuple[int, int]:
    """Indices of the first block of a mask that is neither full nor empty, or (-1, -1)."""
    rows = words.shape[0]
    for i in range(-(-rows // block_m)):
        for j in range(-(-k_dim // block_k)):
            if block_is_full(words, k_dim, block_m, block_k, i, j):
                continue
            for row in range(i * block_m, min((i + 1) * block_m, rows)):
                stop = min((j + 1) * block_k, k_dim)
                for piece in range(j * block_k, stop, WORD):
                    if field(words[row], piece, min(WORD, stop - piece)):
                        return i, j
    return -1, -1
