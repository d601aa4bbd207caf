"""A format stores what writing it out entry by entry stores."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from workloads.formats import format_names, index_bits, parse_format
from workloads.inputs import InputError
from workloads.masks import KeepMask
from workloads.patterns import parse_pattern

EXAMPLES = {
    "dense": ["dense"],
    "bitmap": ["bitmap"],
    "csr": ["csr"],
    "rle": ["rle", "rle(run_bits=1)", "rle(run_bits=7)"],
    "block_ellpack": ["block_ellpack", "block_ellpack(block=5)"],
    "crisp": ["crisp(2:4)", "crisp(2:4, block=8)", "crisp(3:4, block=4)", "crisp(2:6, block=12)"],
}
SPECS = [spec for specs in EXAMPLES.values() for spec in specs]


@st.composite
def matrices(draw):
    """Bool matrices of sizes that divide by nothing; sparse ones have long runs and empty blocks."""
    shape = draw(st.integers(1, 40)), draw(st.integers(1, 150))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    return random.random(shape) < draw(st.sampled_from([0.0, 0.003, 0.05, 0.5, 1.0]))


def prune(dense: np.ndarray, n_keep: int, m_group: int) -> np.ndarray:
    """The survivors that fit n:m."""
    return dense & parse_pattern(f"nm({n_keep}:{m_group})").keep_mask(dense.astype(float)).to_dense()


def cost(spec: str, dense: np.ndarray) -> tuple[int, int]:
    made, mask = parse_format(spec), KeepMask.from_dense(dense)
    return made.value_count(mask), made.metadata_bits(mask)


def log2_up(choices: int) -> int:
    return math.ceil(math.log2(choices))


def test_examples_are_of_formats_there_are():
    assert {*EXAMPLES} <= {*format_names()}


@pytest.mark.parametrize("spec", SPECS)
@given(dense=matrices())
def test_no_survivor_is_lost_and_counts_are_whole_numbers(spec, dense):
    dense = prune(dense, 2, 6) if "2:6" in spec else prune(dense, 2, 4)
    values, bits = cost(spec, dense)
    assert (type(values), type(bits)) == (int, int)
    assert values >= dense.sum()
    assert bits >= 0


@given(st.integers(1, 10_000))
def test_index_bits_are_enough_and_no_more(choices):
    bits = index_bits(choices)
    assert 2**bits >= choices
    assert choices == 1 or 2 ** (bits - 1) < choices


@given(matrices())
def test_dense_bitmap_and_csr_are_written_out(dense):
    assert cost("dense", dense) == (dense.size, 0)
    assert cost("bitmap", dense) == (dense.sum(), dense.size)
    pointers, columns, values = [0], [], []
    for row in dense:
        for k in np.flatnonzero(row):
            columns.append(k)
            values.append(1)
        pointers.append(len(values))
    bits = len(pointers) * log2_up(len(values) + 1) + len(columns) * log2_up(dense.shape[1])
    assert cost("csr", dense) == (len(values), bits)


def write_runs(dense: np.ndarray, longest: int) -> list[tuple[int, bool]]:
    """The stream of (zeros before, value), a bit at a time."""
    stream, run = [], 0
    for bit in dense.ravel()[: np.flatnonzero(dense.ravel()).max(initial=-1) + 1]:
        if bit or run == longest:
            stream.append((run, bool(bit)))
            run = 0
        else:
            run += 1
    return stream


@given(matrices(), st.integers(1, 9))
def test_rle_is_a_stream_of_runs_that_reads_back(dense, run_bits):
    stream = write_runs(dense, 2**run_bits - 1)
    read = [bit for run, value in stream for bit in [False] * run + [value]]
    assert read + [False] * (dense.size - len(read)) == dense.ravel().tolist()
    assert cost(f"rle(run_bits={run_bits})", dense) == (len(stream), len(stream) * run_bits)


@given(matrices(), st.integers(1, 20))
def test_block_ellpack_fills_every_block_row_up_to_the_fullest(dense, block):
    columns = range(0, dense.shape[1], block)
    rows = [
        [dense[i : i + block, j : j + block].any() for j in columns] for i in range(0, dense.shape[0], block)
    ]
    stored = len(rows) * max(sum(row) for row in rows)
    expected = stored * block * block, stored * log2_up(len(columns))
    assert cost(f"block_ellpack(block={block})", dense) == expected


@given(matrices(), st.sampled_from([(2, 4, 4), (2, 4, 16), (1, 4, 8), (1, 3, 9), (5, 16, 16), (4, 4, 8)]))
def test_crisp_has_slots_for_the_groups_of_living_blocks(dense, shape):
    n_keep, m_group, block = shape
    dense = prune(dense, n_keep, m_group)
    columns = range(0, dense.shape[1], block)
    slots = indices = 0
    for i in range(0, dense.shape[0], block):
        for j in columns:
            living = dense[i : i + block, j : j + block]
            if living.any():
                indices += 1
                for row in living:
                    for start in range(0, len(row), m_group):
                        slots += min(n_keep, len(row[start : start + m_group]))
    expected = slots, slots * log2_up(m_group) + indices * log2_up(len(columns))
    assert cost(f"crisp({n_keep}:{m_group}, block={block})", dense) == expected


def survivors(shape: tuple[int, int], *places: tuple[int, int]) -> np.ndarray:
    dense = np.zeros(shape, bool)
    for place in places:
        dense[place] = True
    return dense


@pytest.mark.parametrize(
    ("spec", "values", "bits"),
    [
        ("dense", 60, 0),
        ("bitmap", 4, 60),
        ("csr", 4, 4 * 3 + 4 * 5),  # 4 pointers in 0 .. 4, 4 columns in 0 .. 19
        # runs of 1 and 0; then 17 + 19 zeros: two fillers of 16 zeros and a run of 4; then a run of 2
        ("rle", 6, 6 * 4),
        ("block_ellpack(block=2)", 6 * 4, 6 * 4),  # 2 block rows; 3 of 10 blocks live in the first, 1 below
        ("crisp(2:4, block=4)", 2 * 6, 12 * 2 + 2 * 3),  # 2 of 5 blocks, 3 real rows of one group each
    ],
)
def test_an_example_counted_by_hand(spec, values, bits):
    dense = survivors((3, 20), (0, 1), (0, 2), (1, 19), (2, 2))
    assert cost(spec, dense) == (values, bits)


def test_a_short_group_has_no_more_slots_than_weights_and_no_row_is_padded():
    dense = survivors((5, 9), (0, 0), (4, 8))
    # block rows of 4 and 1 rows, block columns of 4, 4 and 1: 4 x 2 slots and 1 x 1 slot
    assert cost("crisp(2:4, block=4)", dense) == (9, 9 * 2 + 2 * 2)


def test_a_mask_that_breaks_n_of_m_cannot_be_stored_as_crisp():
    mask = KeepMask.from_dense(survivors((2, 8), (1, 4), (1, 5), (1, 7)))
    for method in ("value_count", "metadata_bits"):
        with pytest.raises(InputError, match="expected at most 2 of 4 in a group, got more"):
            getattr(parse_format("crisp(2:4, block=8)"), method)(mask)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("crsip(2:4)", "expected a known name, got 'crsip'; did you mean 'crisp'"),
        ("crisp", "expected the argument 'n_keep'"),
        ("crisp(0:4)", "n_keep: expected a whole number from 1 to 4, got 0"),
        ("crisp(5:4)", "n_keep: expected a whole number from 1 to 4, got 5"),
        ("crisp(1:0)", "m_group: expected a whole number from 1"),
        ("crisp(2:4, block=6)", "block: expected a multiple of m_group=4, got 6"),
        ("crisp(2:4, block=0)", "block: expected a whole number from 1"),
        ("block_ellpack(block=0)", "block: expected a whole number from 1"),
        ("block_ellpack(block=99999999999999999999)", "block: expected a whole number from 1"),
        ("rle(run_bits=0)", "run_bits: expected a whole number from 1 to 32, got 0"),
        ("rle(run_bits=64)", "run_bits: expected a whole number from 1 to 32, got 64"),
        ("dense(block=4)", "expected a known argument in 'dense(block=4)', got 'block'"),
    ],
)
def test_an_impossible_format_is_one_line(spec, message):
    assert refusal(parse_format, spec).startswith(f"format: {message}")


@pytest.mark.parametrize(
    ("short", "spelled"),
    [
        ("block_ellpack", "block_ellpack(block=16)"),
        ("crisp(2:4)", "crisp(2:4, block=16)"),
        ("rle", "rle(run_bits=4)"),
    ],
)
def test_what_is_left_out_is_what_the_description_shows(short, spelled):
    assert parse_format(short) == parse_format(spelled)


@pytest.mark.parametrize(
    "spec", ["block_ellpack(block={})", "crisp(2:4, block={})", "crisp(1:{0}, block={0})"]
)
def test_sizes_go_up_to_two_to_the_30(spec):
    """Beyond any matrix; kernels multiply two of them in int64."""
    assert parse_format(spec.format(2**30))
    for size in (2**30 + 4, 2**31):
        with pytest.raises(InputError, match=f"expected a whole number from 1 to {2**30}, got {size}"):
            parse_format(spec.format(size))


def test_runs_have_up_to_32_bits():
    assert parse_format("rle(run_bits=32)")
    with pytest.raises(InputError, match="run_bits: expected a whole number from 1 to 32, got 33"):
        parse_format("rle(run_bits=33)")
