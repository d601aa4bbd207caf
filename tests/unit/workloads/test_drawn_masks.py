"""Masks by seed are drawn strip by strip where rows are chosen apart: the same masks, in less memory."""

import tracemalloc
import zlib

import numpy as np
import pytest
from pattern_examples import SPECS

from workloads import Layer
from workloads.masks import drawn
from workloads.masks.drawn import drawn_mask
from workloads.patterns import parse_pattern

LAYER = Layer("wide", "conv", 20, 37, 9, 9, 3, 3)
STRIPPED = [spec for spec in SPECS if parse_pattern(spec).rows_apart is not None]


def whole(layer, spec, seed):
    """All scores of the layer at once."""
    random = np.random.default_rng([seed, zlib.crc32(layer.name.encode())])
    return parse_pattern(spec).keep_mask(random.random((layer.m_dim, layer.k_dim), dtype=np.float32))


def test_patterns_that_choose_row_by_row_or_block_row_by_block_row_say_so():
    assert {spec.partition("(")[0] for spec in STRIPPED} == {"dense", "nm", "block", "crisp"}
    assert parse_pattern("crisp(2:4, block=8, density=0.2)").rows_apart == 8


@pytest.mark.parametrize("strip_scores", [1, 500, 2000, 2**20])
@pytest.mark.parametrize("spec", [spec for spec in SPECS if not parse_pattern(spec).narrows])
def test_strips_give_the_mask_of_all_scores_at_once(spec, strip_scores, monkeypatch):
    monkeypatch.setattr(drawn, "STRIP_SCORES", strip_scores)
    assert drawn_mask(LAYER, parse_pattern(spec), 3) == whole(LAYER, spec, 3)


def test_a_large_layer_never_has_all_its_scores_in_memory():
    layer = Layer.linear("fc", 4096, 4096)  # 67 MB of scores, 2 MB of mask
    pattern = parse_pattern("crisp(2:4, block=32, density=0.1)")
    tracemalloc.start()
    try:
        drawn_mask(layer, pattern, 0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 15e6
