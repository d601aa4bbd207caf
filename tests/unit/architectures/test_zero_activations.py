"""Which activations are not zero, as kernels count them, and what that saves (rules 8a, 8b and 30)."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unfolded import cuts, product, unfolded

from accel_sim.architectures import structured_tensor_core
from accel_sim.architectures.shared import zero_activations as nonzero
from accel_sim.kernels.arrays.shared.pe_pairs import cut_stretches
from accel_sim.loading.machine import load_machine
from accel_sim.verify.layers import make_layer, seeded_pick
from workloads import KeepMask, Layer, MaskedLayer
from workloads.activations import Given

seeds = st.integers(0, 2**32)
depths = st.sampled_from([1, 3, 63, 64, 65, 130, 1000])


def random_layer(seed: int, **most: int) -> MaskedLayer:
    """Some layer, its activations zero here and there."""
    masked = make_layer(seeded_pick(seed), load_machine("dstc"), **most)
    layer = masked.layer
    shape = layer.batch * layer.in_h * layer.in_w, layer.in_channels
    keep = np.random.default_rng(seed).random(shape) < 0.6
    return replace(masked, activations=Given(KeepMask.from_dense(keep)))


def bits_of(words: np.ndarray, depth: int) -> np.ndarray:
    """The first ``depth`` bits of rows of words."""
    flat = np.unpackbits(words.view(np.uint8), axis=-1, bitorder="little")
    assert not flat[..., depth:].any()  # kernels count ones of whole words
    return flat[..., :depth].astype(bool)


@given(seeds, st.integers(1, 9))
def test_column_counts_are_sums_over_the_unfolded_ifmap(seed, columns):
    masked = random_layer(seed)
    seen = unfolded(masked)
    expected = [seen[run].sum(axis=0) for run in cuts(masked.layer.n_dim, columns)]
    assert np.array_equal(nonzero.column_counts(masked, columns), np.stack(expected))


@given(seeds, st.integers(1, 5))
def test_run_counts_take_columns_in_any_runs(seed, runs):
    masked = random_layer(seed)
    run_of = np.random.default_rng(seed).integers(0, runs, masked.layer.n_dim)
    expected = [unfolded(masked)[run_of == run].sum(axis=0) for run in range(runs)]
    assert np.array_equal(nonzero.run_counts(masked, run_of, runs), np.stack(expected))


@given(seeds, depths, st.integers(0, 4))
def test_unfolded_stretches_are_the_unfolded_ifmap_cut_along_k(seed, depth, spare):
    masked = random_layer(seed, most_k=200)
    layer = masked.layer
    places = layer.n_dim + spare
    place_of = np.random.default_rng(seed).permutation(places)[: layer.n_dim]
    found = bits_of(nonzero.unfolded_stretches(masked, depth, place_of, places), depth)
    expected = np.zeros_like(found)
    for p, run in enumerate(cuts(layer.k_dim, depth)):
        expected[p][:, place_of, : len(run)] = unfolded(masked)[:, :, run].transpose(1, 0, 2)
    assert np.array_equal(found, expected)


@given(seeds, st.integers(1, 4), st.integers(1, 300), depths)
def test_cut_stretches_are_a_mask_cut_along_k(seed, m_dim, k_dim, depth):
    keep = np.random.default_rng(seed).random((m_dim, k_dim)) < 0.5
    found = bits_of(cut_stretches(KeepMask.from_dense(keep).words, k_dim, depth), depth)
    expected = np.zeros_like(found)
    for p, run in enumerate(cuts(k_dim, depth)):
        expected[p, :, : len(run)] = keep[:, run]
    assert np.array_equal(found, expected)


@given(seeds)
def test_pairs_are_products_of_the_masks(seed):
    masked = random_layer(seed)
    layer = masked.layer
    weights = masked.mask.to_dense().reshape(layer.groups, -1, layer.k_dim).astype(np.int64)
    assert nonzero.pairs(masked) == np.einsum("gmk,ngk->", weights, unfolded(masked).astype(np.int64))


def core(activations: str, **fields) -> structured_tensor_core.Array:
    sizes = {"cores": 1, "rows": 2, "lanes": 2, "columns": 2, "pipeline_cycles": 0}
    choices = [{"n_keep": 2, "m_group": 4}]
    return structured_tensor_core.Array.model_validate(
        {**sizes, "weight_sparsity": choices, "activations": activations, **fields}
    )


WEIGHTS = [[1, 1, 0, 0], [0, 1, 0, 0]]  # 2:4: a group a row, in a single pass
ACTIVATIONS = [[1, 0, 1], [1, 1, 0], [0, 1, 1], [1, 0, 0]]  # by k position; output tiles of 2 columns and 1
# The pairs: row 0 meets 2 columns at k = 0 and 2 at k = 1, row 1 meets 2 at k = 1. Of the 2 x 2 weights
# that are stored (a zero beside row 1's only one) each is multiplied for 3 columns.


def test_gating_spares_the_multiplications_by_zero_and_no_cycle():
    masked = product(WEIGHTS, ACTIVATIONS)
    plain, gated = (structured_tensor_core.schedule(masked, core(a)).stream(2) for a in ("dense", "gate"))
    assert (plain.total.macs, plain.total.issued_macs, plain.total.gated_macs) == (3 * 3, 4 * 3, 0)
    assert (gated.total.macs, gated.total.issued_macs, gated.total.gated_macs) == (6, 6, 12 - 6)
    # Everything else is what it was: 4 activations of 8 bits a column, 4 weights with 2 bits of offset each.
    for stream in (plain, gated):
        assert stream.slots.tolist() == stream.work.tolist() == [[2], [1]]
        assert stream.bits.tolist() == [[2 * 4 * 8], [1 * 4 * 8]]
        assert stream.preload_bits.tolist() == [[4 * 8 + 4 * 2]]
    counts = {"macs": 9, "issued_macs": 12, "gated_macs": 0}
    assert gated.total._replace(**counts) == plain.total


def test_compressed_activations_are_words_that_are_not_zero_and_a_bit_each():
    masked = product(WEIGHTS, ACTIVATIONS)
    made = structured_tensor_core.schedule(masked, core("compress"))
    stream = made.stream(2)
    assert made.compressed_ifmap
    assert stream.slots.tolist() == stream.work.tolist() == [[2], [1]]
    # Columns 0 and 1 have 3 and 2 words that are not zero, column 2 has 2.
    assert stream.bits.tolist() == [[5 * 8 + 2 * 4], [2 * 8 + 4]]
    assert stream.variant.tolist() == [0, 1]
    assert (stream.total.issued_macs, stream.total.gated_macs) == (6, 6)
    # 7 words and 12 bits of activations; 4 weights and 8 bits of offsets for each of 2 output tiles.
    assert (stream.total.smem_words, stream.total.smem_metadata_bits) == (7 + 4 * 2, 12 + 8 * 2)


def test_compressed_activations_of_groups_that_no_pass_asks_for_stay_where_they_are():
    # k = 9: the block of k = 4 to 7 is empty, and the last group has one position.
    weights = [[1, 1, 0, 0, 0, 0, 0, 0, 1], [0, 1, 0, 1, 0, 0, 0, 0, 0]]
    seen = [[1, 1]] * 8 + [[0, 1]]
    for array, expected in (
        # A group a pass: 4 words of each of 2 columns, then one word of the two that k = 8 has.
        (core("compress", skip_blocks=[4]), [4 * 2 * 8 + 4 * 2, 1 * 8 + 1 * 2]),
        # Two groups a pass: both at once.
        (core("compress", skip_blocks=[4], lanes=4), [9 * 8 + 5 * 2]),
        # Without skipping, three passes.
        (core("compress"), [72, 72, 10]),
    ):
        assert structured_tensor_core.schedule(product(weights, seen), array).stream(2).bits.tolist() == [
            expected
        ]


def test_zero_activations_of_two_convolution_groups_are_counted_apart():
    masked = make_grouped()
    # Rows 0 and 1 see channels 0 and 1, rows 2 and 3 channels 2 and 3: 1 + 0 and 2 + 1 words, 2 x 4 bits.
    made = structured_tensor_core.schedule(masked, core("compress", rows=4, weight_sparsity=[]))
    assert made.stream(2).bits.tolist() == [[4 * 8 + 8]]
    # In two m tiles each asks for its own.
    made = structured_tensor_core.schedule(masked, core("compress", weight_sparsity=[]))
    assert made.stream(2).bits.tolist() == [[1 * 8 + 4, 3 * 8 + 4]]


def make_grouped() -> MaskedLayer:
    """Two convolution groups of two channels each, over two pixels."""

    layer = Layer("c", "conv", 4, 4, 1, 2, groups=2)
    seen = [[1, 0, 1, 1], [0, 0, 0, 1]]
    return MaskedLayer(layer, KeepMask.ones(4, 2), Given(KeepMask.from_dense(np.array(seen, bool))))


@pytest.mark.parametrize("activations", ["dense", "gate", "compress"])
def test_with_nothing_zero_the_words_are_those_of_dense_activations(activations):
    masked = product(WEIGHTS, np.ones((4, 3)))
    stream = structured_tensor_core.schedule(masked, core(activations)).stream(2)
    bitmap = 4 * np.array([[2], [1]]) if activations == "compress" else 0
    assert np.array_equal(stream.bits - bitmap, [[2 * 4 * 8], [4 * 8]])
    assert stream.total.macs == 9
