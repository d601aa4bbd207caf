"""Masks drawn by seed: a pattern over random scores, without all scores of a layer in memory at once."""

from __future__ import annotations

import zlib

import numpy as np

from workloads.layer import Layer
from workloads.masks import KeepMask
from workloads.patterns import Pattern

STRIP_SCORES = 2**20  # 4 MB: of VGG-16's largest layer they would be 411 MB


def drawn_mask(layer: Layer, pattern: Pattern, seed: int) -> KeepMask:
    """The mask that ``pattern`` makes of random scores, which hang on ``seed`` and the layer's name alone.

    Where rows are chosen apart, scores are drawn and forgotten strip by strip: the same scores, since a
    generator goes on where it was.
    """
    random = np.random.default_rng([seed, zlib.crc32(layer.name.encode())])
    rows = _rows_at_once(layer, pattern)
    words = KeepMask.blank(layer.m_dim, layer.k_dim)
    for first in range(0, layer.m_dim, rows):
        strip = min(rows, layer.m_dim - first)
        score = random.random((strip, layer.k_dim), dtype=np.float32)
        words[first : first + strip] = pattern.keep_mask(score).words
    return KeepMask(words, layer.k_dim)


def scores_at_once(layer: Layer, pattern: Pattern) -> int:
    """Scores that :func:`drawn_mask` holds at a time."""
    return min(_rows_at_once(layer, pattern), layer.m_dim) * layer.k_dim


def _rows_at_once(layer: Layer, pattern: Pattern) -> int:
    apart = pattern.rows_apart
    return layer.m_dim if apart is None else apart * max(1, STRIP_SCORES // (apart * layer.k_dim))
