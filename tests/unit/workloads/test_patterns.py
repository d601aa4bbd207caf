"""Every pattern in the folder keeps its own rule and chooses what a slow reading of it chooses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pattern_examples import EXAMPLES, SPECS
from refusals import refusal

from workloads.inputs import InputError
from workloads.masks import KeepMask
from workloads.patterns import check_scores, parse_pattern, pattern_names


@st.composite
def scores(draw):
    """Score matrices of shapes that divide by nothing; few distinct values make ties."""
    shape = draw(st.integers(1, 40)), draw(st.integers(1, 150))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    distinct = draw(st.sampled_from([1, 3, 1000]))
    return random.integers(0, distinct, shape).astype(draw(st.sampled_from([np.float32, np.float64])))


def keep_groups(score, n_keep, m_group):
    """The highest of each group, ties to the lower index, by sorting."""
    keep = np.zeros(score.shape, bool)
    for i, row in enumerate(score):
        for start in range(0, len(row), m_group):
            group = range(start, min(start + m_group, len(row)))
            for k in sorted(group, key=lambda k: (-row[k], k))[:n_keep]:
                keep[i, k] = True
    return keep


def keep_blocks(score, keep, block, fraction):
    """``keep`` inside the highest-sum blocks of each block row, equally many in each."""
    result = np.zeros(score.shape, bool)
    columns = range(-(-score.shape[1] // block))
    count = max(1, round(fraction * len(columns)))
    for top in range(0, score.shape[0], block):
        rows = slice(top, top + block)
        sums = {j: (score * keep)[rows, j * block : (j + 1) * block].sum() for j in columns}
        for j in sorted(columns, key=lambda j: (-sums[j], j))[:count]:
            here = rows, slice(j * block, (j + 1) * block)
            result[here] = keep[here]
    return result


def test_examples_are_of_patterns_there_are():
    assert {*EXAMPLES} <= {*pattern_names()}


@pytest.mark.parametrize("spec", SPECS)
@given(score=scores())
def test_a_mask_passes_the_check_of_its_pattern_and_is_never_empty(spec, score):
    pattern = parse_pattern(spec)
    mask = pattern.keep_mask(score)
    assert (mask.m_dim, mask.k_dim) == score.shape
    assert pattern.check(mask) is None
    assert mask.kept > 0
    assert pattern.keep_mask(score) == mask


@given(scores(), st.sampled_from([(2, 4), (1, 4), (1, 2), (2, 6), (5, 16), (3, 70), (7, 7)]))
def test_nm_keeps_the_highest_of_each_group(score, ratio):
    found = parse_pattern(f"nm({ratio[0]}:{ratio[1]})").keep_mask(score)
    assert np.array_equal(found.to_dense(), keep_groups(score, *ratio))


@given(scores(), st.integers(1, 20), st.sampled_from([0.05, 0.3, 0.5, 1.0]))
def test_block_keeps_the_highest_blocks_of_each_block_row(score, block, density):
    found = parse_pattern(f"block(block={block}, density={density})").keep_mask(score)
    expected = keep_blocks(score, np.ones(score.shape, bool), block, density)
    assert np.array_equal(found.to_dense(), expected)


@given(scores(), st.sampled_from([(2, 4, 4), (2, 4, 16), (1, 3, 6), (3, 4, 64)]), st.sampled_from([0.1, 0.3]))
def test_crisp_is_nm_inside_the_blocks_that_it_serves_best(score, shape, density):
    n_keep, m_group, block = shape
    spec = f"crisp({n_keep}:{m_group}, block={block}, density={density})"
    inside = keep_groups(score, n_keep, m_group)
    expected = keep_blocks(score, inside, block, density * m_group / n_keep)
    assert np.array_equal(parse_pattern(spec).keep_mask(score).to_dense(), expected)


@given(scores(), st.sampled_from([0.001, 0.1, 0.5, 1.0]))
def test_unstructured_keeps_the_highest_of_the_matrix(score, density):
    flat = score.ravel()
    count = max(1, round(density * flat.size))
    keep = np.zeros(flat.size, bool)
    keep[sorted(range(flat.size), key=lambda k: (-flat[k], k))[:count]] = True
    found = parse_pattern(f"unstructured(density={density})").keep_mask(score)
    assert np.array_equal(found.to_dense(), keep.reshape(score.shape))


@given(scores(), st.sampled_from([1, 2, 7, 8, 32]), st.sampled_from([0.001, 0.3, 0.5, 1.0]))
def test_gs_keeps_the_highest_groups_of_one_weight_a_bank(score, banks, density):
    keep = np.zeros(score.shape, bool)
    groups = []  # (sum, row, place in its row, weights), of each bank the next best
    for i, row in enumerate(score):
        in_bank = [sorted(range(b, len(row), banks), key=lambda k: (-row[k], k)) for b in range(banks)]
        for j in range(-(-len(row) // banks)):
            group = [ks[j] for ks in in_bank if j < len(ks)]
            groups.append((-sum(float(row[k]) for k in group), i, j, group))
    for _, i, _, group in sorted(groups):
        if keep.any() and keep.sum() + len(group) > density * score.size:
            break
        keep[i, group] = True
    assert np.array_equal(
        parse_pattern(f"gs(density={density}, banks={banks})").keep_mask(score).to_dense(), keep
    )


@given(scores())
def test_dense_keeps_everything(score):
    assert parse_pattern("dense").keep_mask(score).kept == score.size


@pytest.mark.parametrize("spec", SPECS)
def test_ties_go_to_the_lower_index(spec):
    mask = parse_pattern(spec).keep_mask(np.zeros((16, 140))).to_dense()
    assert mask[0, 0]
    for row in mask:  # what survives of a row begins at its first weight
        kept = np.flatnonzero(row)
        if len(kept):
            assert kept[0] == 0


@pytest.mark.parametrize(
    ("spec", "density"),
    [
        ("nm(2:4)", 0.5),
        ("nm(5:16)", 5 / 16),
        ("block(block=16, density=0.25)", 0.25),
        ("crisp(2:4, block=16, density=0.125)", 0.125),
        ("unstructured(density=0.1)", 0.1),
        ("gs(density=0.1, banks=16)", 0.1),
    ],
)
def test_the_density_is_the_one_asked_for_where_sizes_divide(spec, density):
    score = np.random.default_rng(0).random((160, 640))
    assert parse_pattern(spec).keep_mask(score).density == density


CROWDED = np.array([[1, 1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0, 0, 0]], bool)
UNEVEN = np.array(
    [[1, 0, 0, 0, 1, 0, 0, 0]] + [[0] * 8] * 3 + [[0, 1, 0, 0, 0, 0, 0, 0]] + [[0] * 8] * 3, bool
)


@pytest.mark.parametrize(
    ("spec", "dense", "message"),
    [
        ("dense", CROWDED, "12 weights are missing from a dense mask"),
        ("nm(2:4)", CROWDED, "a group of 4 keeps more than 2 weights"),
        ("crisp(2:4, block=4, density=0.5)", CROWDED, "a group of 4 keeps more than 2 weights"),
        (
            "crisp(2:4, block=4, density=0.5)",
            UNEVEN,
            "block rows keep from 1 to 2 blocks, not equally many",
        ),
        ("block(block=2, density=0.5)", CROWDED, "block (0, 0) is kept only in part"),
        (
            "gs(density=0.5, banks=2)",
            CROWDED,
            "row 0 keeps from 1 to 2 weights a bank, not equally many",
        ),
    ],
)
def test_a_mask_of_another_pattern_is_refused_in_a_sentence(spec, dense, message):
    assert parse_pattern(spec).check(KeepMask.from_dense(dense)) == message


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("crips(2:4)", "expected a known name, got 'crips'; did you mean 'crisp'"),
        ("nm", "expected the argument 'n_keep'"),
        ("nm(0:4)", "expected 1 <= n_keep <= m_group, got 0:4"),
        ("nm(5:4)", "expected 1 <= n_keep <= m_group, got 5:4"),
        ("block(block=0, density=0.1)", "block: expected a whole number from 1"),
        ("block(block=99999999999999999999, density=0.1)", "block: expected a whole number from 1"),
        ("nm(1:99999999999999999999)", "m_group: expected a whole number of at most"),
        ("block(block=4, density=0)", "density: expected more than 0 and at most 1, got 0"),
        ("unstructured(density=1.5)", "density: expected more than 0 and at most 1, got 1.5"),
        ("unstructured(density=nan)", "density: expected more than 0 and at most 1, got nan"),
        ("crisp(2:4, block=16, density=0.6)", "density: expected more than 0 and at most 0.5, got 0.6"),
        ("crisp(2:4, block=6, density=0.1)", "block: expected a multiple of m_group=4, got 6"),
        ("crisp(2:4, block=1.5, density=0.1)", "block: expected a whole number, got '1.5'"),
        ("gs(density=0.5, banks=0)", "banks: expected a whole number from 1 to"),
        ("gs(density=2)", "density: expected more than 0 and at most 1, got 2"),
        ("dense(2:4)", "expected a known argument in 'dense(2:4)', got 'n_keep'"),
    ],
)
def test_an_impossible_pattern_is_one_line(spec, message):
    said = refusal(parse_pattern, spec)
    assert message in said
    assert said.startswith("pattern: ")


@pytest.mark.parametrize(
    ("score", "message"),
    [
        ([[1.0, float("nan")]], "expected numbers, got NaN"),
        ([1.0], "expected a matrix"),
        (np.zeros((0, 3)), "expected a matrix"),
    ],
)
def test_scores_that_are_no_matrix_of_numbers_are_refused(score, message):
    with pytest.raises(InputError, match=message):
        check_scores(score)


def test_scores_may_be_infinite_both_ways():
    score = np.array([[np.inf, -np.inf, 0.0, 1.0]])
    assert parse_pattern("nm(2:4)").keep_mask(score).to_dense().tolist() == [[True, False, False, True]]


@pytest.mark.parametrize(
    ("spec", "shape", "kept"),
    [
        ("gs(density=0.29, banks=1)", (10, 10), 29),  # 0.29 x 100 is a hair below 29
        ("gs(density=0.07, banks=1)", (10, 10), 7),  # and 0.07 x 100 a hair above 7
        ("gs(density=0.07, banks=7)", (10, 70), 49),  # the whole budget, in groups of 7
        ("gs(density=0.0699, banks=7)", (10, 70), 42),  # 48.9 of 700: 7 groups are one weight too many
        ("gs(density=0.5, banks=4)", (4, 4), 8),
        ("gs(density=0.49, banks=4)", (4, 4), 4),
        ("gs(density=0.28999, banks=1)", (100, 100), 2899),
        ("unstructured(density=0.625)", (2, 2), 2),  # of 2.5 the even one
        ("unstructured(density=0.875)", (2, 2), 4),  # of 3.5 the even one
        ("unstructured(density=0.6)", (2, 2), 2),
        ("unstructured(density=0.65)", (2, 2), 3),
        ("block(block=1, density=0.625)", (1, 4), 2),
        ("block(block=1, density=0.65)", (1, 4), 3),
        ("crisp(1:2, block=2, density=0.2)", (2, 8), 4),  # 0.4 of 4 blocks, of 4 weights half survive
        ("crisp(1:2, block=2, density=0.15)", (2, 8), 2),
    ],
)
def test_a_budget_is_a_whole_number_of_weights(spec, shape, kept):
    score = np.random.default_rng(0).random(shape)
    assert parse_pattern(spec).keep_mask(score).kept == kept
