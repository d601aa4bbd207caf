"""Every kernel on packed bits does what a loop over a bool matrix does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from workloads.inputs import InputError
from workloads.kernels import bits, select
from workloads.masks import KeepMask

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 200))
SIDES = st.sampled_from([1, 2, 3, 5, 8, 16, 63, 64, 65, 100])


@st.composite
def matrices(draw):
    """Bool matrices from empty to full, whole blocks of zeros and ones among them."""
    shape = draw(SHAPES)
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    dense = random.random(shape) < draw(st.sampled_from([0.0, 0.02, 0.3, 0.9, 1.0]))
    side = draw(SIDES)
    for i in range(0, shape[0], side):
        for j in range(0, shape[1], side):
            choice = random.integers(3)
            if choice:
                dense[i : i + side, j : j + side] = choice == 1
    return dense


def blocks_of(dense, block_m, block_k):
    """Views of the blocks, row by row."""
    return [
        [dense[i : i + block_m, j : j + block_k] for j in range(0, dense.shape[1], block_k)]
        for i in range(0, dense.shape[0], block_m)
    ]


@given(st.integers(0, 2**64 - 1))
def test_popcount_counts_the_ones_of_a_word(word):
    assert bits.popcount(np.uint64(word)) == word.bit_count()


@given(matrices())
def test_packing_loses_nothing_and_counts_agree(dense):
    mask = KeepMask.from_dense(dense)
    assert np.array_equal(mask.to_dense(), dense)
    assert (mask.m_dim, mask.k_dim, mask.weights) == (*dense.shape, dense.size)
    assert np.array_equal(mask.row_counts, dense.sum(axis=1))
    assert mask.kept == dense.sum()
    assert mask.density == dense.mean()


@given(matrices())
def test_bits_lie_low_first_in_words_and_bytes(dense):
    mask = KeepMask.from_dense(dense)
    for row, words in zip(dense, mask.words, strict=True):
        whole = sum(int(word) << (64 * j) for j, word in enumerate(words))
        assert whole == sum(1 << k for k in np.flatnonzero(row).tolist())
    assert np.array_equal(mask.to_bytes(), np.packbits(dense, axis=1, bitorder="little"))
    assert KeepMask.from_bytes(mask.to_bytes(), mask.k_dim) == mask


@given(matrices(), st.data())
def test_field_reads_any_stretch_and_zeros_beyond_the_row(dense, data):
    row = KeepMask.from_dense(dense).words[0]
    start = data.draw(st.integers(0, 64 * len(row) - 1))
    width = data.draw(st.integers(1, 64))
    padded = np.zeros(64 * len(row) + 64, bool)
    padded[: dense.shape[1]] = dense[0]
    expected = sum(1 << b for b in range(width) if padded[start + b])
    assert int(bits.field(row, start, width)) == expected


@given(
    matrices(), st.sampled_from([2, 3, 4, 6, 8, 16, 64, 70, 130]), st.integers(1, 8), st.integers(0, 2**32)
)
def test_obeys_nm_counts_every_group_with_the_short_one_at_the_end(dense, m_group, n_keep, seed):
    random = np.random.default_rng(seed)
    for row in dense:  # bring groups to the limit, so that both answers occur
        for start in range(0, dense.shape[1], m_group):
            ones = np.flatnonzero(row[start : start + m_group])
            if random.random() < 0.9 and len(ones) > n_keep:
                row[start + random.permutation(ones)[n_keep:]] = False
    groups = blocks_of(dense, 1, m_group)
    expected = all(group.sum() <= n_keep for row in groups for group in row)
    assert KeepMask.from_dense(dense).obeys(n_keep, m_group) is expected


@pytest.mark.parametrize(
    ("ones", "n_keep", "m_group", "fine"),
    [
        ([3, 4, 5, 6], 2, 5, True),  # two of each five, three of the four from 4 on
        ([10, 12, 13], 2, 5, False),  # three of the five from 10 on, no three of a four
        ([3, 4, 5, 6], 2, 4, False),
        ([2, 3, 4, 5], 2, 4, True),
        ([16, 17, 19], 2, 3, True),
        ([15, 16, 17], 2, 3, False),
    ],
)
def test_groups_begin_at_multiples_of_their_size(ones, n_keep, m_group, fine):
    dense = np.zeros((1, 20), bool)
    dense[0, ones] = True
    assert KeepMask.from_dense(dense).obeys(n_keep, m_group) is fine


@given(SHAPES, st.sampled_from([(1, 4), (2, 4), (3, 4), (1, 2), (2, 6), (5, 16), (33, 70)]), st.data())
def test_one_survivor_too_many_in_any_group_is_seen(shape, ratio, data):
    n_keep, m_group = ratio
    dense = np.arange(shape[1])[None, :] % m_group < n_keep
    dense = np.repeat(dense, shape[0], axis=0)
    assert KeepMask.from_dense(dense).obeys(n_keep, m_group)
    full = [start for start in range(0, shape[1], m_group) if start + n_keep < shape[1]]
    if full:
        extra = data.draw(st.sampled_from(full)) + n_keep
        dense[data.draw(st.integers(0, shape[0] - 1)), extra] = True
        assert not KeepMask.from_dense(dense).obeys(n_keep, m_group)


@given(matrices(), SIDES, SIDES)
def test_blocks_are_counted_and_found_alive(dense, block_m, block_k):
    mask = KeepMask.from_dense(dense)
    counts = np.array([[b.sum() for b in row] for row in blocks_of(dense, block_m, block_k)])
    assert np.array_equal(bits.count_blocks(mask.words, mask.k_dim, block_m, block_k), counts)
    assert np.array_equal(mask.living_blocks(block_m, block_k), counts > 0)


@given(matrices(), SIDES, SIDES)
def test_the_first_partial_block_is_the_first_neither_full_nor_empty(dense, block_m, block_k):
    mask = KeepMask.from_dense(dense)
    partial = [
        (i, j)
        for i, row in enumerate(blocks_of(dense, block_m, block_k))
        for j, block in enumerate(row)
        if block.any() and not block.all()
    ]
    found = bits.first_partial_block(mask.words, mask.k_dim, block_m, block_k)
    assert tuple(found) == (partial[0] if partial else (-1, -1))


@given(matrices(), SIDES, SIDES, st.integers(0, 2**32))
def test_cleared_blocks_are_zero_and_the_others_as_they_were(dense, block_m, block_k, seed):
    words = KeepMask.from_dense(dense).words.copy()
    blocks = blocks_of(dense, block_m, block_k)
    keep = np.random.default_rng(seed).random((len(blocks), len(blocks[0]))) < 0.5
    select.clear_blocks(words, dense.shape[1], block_m, block_k, keep)
    for i, row in enumerate(blocks):
        for j, block in enumerate(row):
            block &= keep[i, j]
    assert np.array_equal(KeepMask(words, dense.shape[1]).to_dense(), dense)


@given(
    SHAPES,
    st.sampled_from([(1, 4), (2, 4), (3, 4), (1, 3), (2, 6), (1, 16)]),
    st.sampled_from([np.float32, np.float64]),
    st.integers(0, 2**32),
)
def test_the_highest_of_each_group_survive_ties_to_the_lower_index(shape, ratio, dtype, seed):
    n_keep, m_group = ratio
    score = np.random.default_rng(seed).integers(-2, 3, shape).astype(dtype)
    score[score == 2] = np.inf
    words = KeepMask.ones(*shape).words.copy()  # what was there does not matter
    select.keep_nm(score, n_keep, m_group, words)
    expected = np.zeros(shape, bool)
    for i, row in enumerate(score):
        for start in range(0, shape[1], m_group):
            best = np.argsort(-row[start : start + m_group], kind="stable")[:n_keep]
            expected[i, start + best] = True
    assert np.array_equal(KeepMask(words, shape[1]).to_dense(), expected)


def test_an_infinite_score_counts_where_it_survives_alone():
    score = np.array([[np.inf, 1.0, 2.0, np.inf]])
    words = KeepMask.from_dense(np.array([[False, True, True, True]])).words
    assert select.block_scores(score, words, 1, 2).tolist() == [[1.0, np.inf]]


@given(matrices(), SIDES, SIDES, st.sampled_from([np.float32, np.float64]))
def test_block_scores_sum_what_survives(dense, block_m, block_k, dtype):
    score = np.random.default_rng(1).integers(0, 1000, dense.shape).astype(dtype)  # sums are exact
    found = select.block_scores(score, KeepMask.from_dense(dense).words, block_m, block_k)
    expected = [[b.sum(dtype=np.float64) for b in row] for row in blocks_of(score * dense, block_m, block_k)]
    assert np.array_equal(found, expected)


@given(SHAPES)
def test_ones_keeps_everything_and_blank_nothing(shape):
    assert KeepMask.ones(*shape) == KeepMask.from_dense(np.ones(shape, bool))
    assert KeepMask(KeepMask.blank(*shape), shape[1]) == KeepMask.from_dense(np.zeros(shape, bool))


@given(hnp.arrays(bool, SHAPES), st.data())
def test_masks_differ_when_one_bit_does(dense, data):
    mask = KeepMask.from_dense(dense)
    assert hash(mask) == hash(KeepMask.from_dense(dense.copy()))
    i = data.draw(st.integers(0, dense.shape[0] - 1))
    j = data.draw(st.integers(0, dense.shape[1] - 1))
    dense[i, j] ^= True
    assert mask != KeepMask.from_dense(dense)


def test_masks_of_other_k_dim_differ_though_their_words_are_equal():
    assert KeepMask(np.ones((1, 1), np.uint64), 5) != KeepMask(np.ones((1, 1), np.uint64), 6)


def test_a_mask_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        KeepMask.ones(2, 2).words[0, 0] = 0


@pytest.mark.parametrize(
    ("words", "k_dim", "message"),
    [
        (np.zeros((2, 1), np.uint64), 65, "expected uint64 words for k_dim=65"),
        (np.zeros((2, 1), np.int64), 4, "expected uint64 words for k_dim=4, got int64"),
        (np.zeros(2, np.uint64), 4, "expected uint64 words"),
        (np.full((2, 1), 16, np.uint64), 4, "expected no bit beyond k_dim=4"),
        (np.full((2, 1), 2**63, np.uint64), 63, "expected no bit beyond k_dim=63"),
    ],
)
def test_words_that_do_not_fit_are_refused(words, k_dim, message):
    with pytest.raises(InputError, match=message):
        KeepMask(words, k_dim)


@pytest.mark.parametrize("dense", [[True], True, [], [[]], [[[True]]]])
def test_what_is_no_matrix_is_no_mask(dense):
    with pytest.raises(InputError, match="expected a matrix"):
        KeepMask.from_dense(dense)
