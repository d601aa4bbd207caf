"""The quick kernels of the mask step give what those of workloads give, to the last bit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pruning.kernels.step import block_sums, keep_of_four
from workloads.kernels.select import block_scores, keep_nm
from workloads.masks import KeepMask


@st.composite
def scores(draw: st.DrawFn) -> np.ndarray:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.integers(1, 20)), draw(st.integers(1, 140))
    if draw(st.booleans()):
        values = random.integers(-2, draw(st.integers(-1, 4)), shape)
    else:
        values = random.normal(size=shape) * 10.0 ** random.integers(-8, 8, shape)
    return values.astype(draw(st.sampled_from([np.float32, np.float64])))


@given(scores(), st.integers(1, 3))
def test_groups_of_four(score: np.ndarray, n_keep: int) -> None:
    expected, found = KeepMask.blank(*score.shape), KeepMask.blank(*score.shape)
    keep_nm(score, n_keep, 4, expected)
    keep_of_four(score, n_keep, found)
    assert np.array_equal(found, expected)


@given(scores(), st.sampled_from([1, 3, 4, 16, 60, 64, 100]), st.booleans())
def test_block_sums(score: np.ndarray, block: int, whole: bool) -> None:
    words = KeepMask.ones(*score.shape).words.copy()
    if not whole:
        keep_nm(score, 1, 3, words)
    expected = block_scores(score, words, block, block)
    assert np.array_equal(block_sums(score, words, block), expected)
