"""Cores that multiply condensed lines, by hand and by loops (rules 11e to 11g, 30 and 31)."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unfolded import cuts, product, unfolded

from accel_sim.architectures import Stream, outer_product
from accel_sim.loading.machine import load_machine
from accel_sim.verify.layers import make_layer, seeded_pick
from workloads import KeepMask, Layer, MaskedLayer

# Cores of 3 channels and 2 columns; the second row of cores has but 2 channels of these 5. By k position
# the two rows of cores have (3, 1), (1, 0) and (2, 2) survivors.
WEIGHTS = [[1, 0, 1], [1, 1, 1], [1, 0, 0], [0, 0, 1], [1, 0, 1]]
# Output tile 0 has columns 0 to 3: (2, 1), (1, 2), (0, 1) are not zero in the two columns of cores. Tile 1
# has a column of the first column of cores alone: 1, 0, 1.
ACTIVATIONS = [[1, 1, 0, 1, 1], [1, 0, 1, 1, 0], [0, 0, 1, 0, 1]]


def cores(**fields) -> outer_product.Array:
    grid = {"core_rows": 2, "core_columns": 2, "rows": 2, "cols": 2, "tile_rows": 3, "tile_columns": 2}
    return outer_product.Array.model_validate(
        {**grid, "depth": 2, "merges_per_cycle": 100, "pipeline_cycles": 0, **fields}
    )


def stream_of(array: outer_product.Array, masked: MaskedLayer | None = None) -> Stream:
    made = outer_product.schedule(masked or product(WEIGHTS, ACTIVATIONS), array)
    return made.stream(made.columns)


def test_a_position_takes_a_cycle_for_each_step_of_condensed_lines():
    stream = stream_of(cores())
    # Tile 0, k = 0: 3 x 2 in 2 steps, 3 x 1 in 2, 1 x 2 in 1, 1 x 1 in 1; k = 1: 1 x 1 and 1 x 2, 1 each.
    # So the cores take 3, 3, 1, 1 for the first pass; for k = 2 two of them have 2 x 1, the others nothing.
    # Tile 1: 2 and 1 for k = 0, nothing for k = 1, 1 and 1 for k = 2.
    assert stream.slots.tolist() == stream.work.tolist() == [[3, 1], [2, 1]]
    # Over the cores that have a column: ceil(8 / 4), ceil(2 / 4), ceil(3 / 2), 2 / 2.
    assert (stream.total.balanced_slots, stream.total.slots) == (2 + 1 + 2 + 1, 7)
    assert stream.total.macs == stream.total.issued_macs == (4 * 3 + 1 * 3 + 4 * 1) + (4 * 1 + 0 + 4 * 1)


def test_the_merge_is_the_limit_where_partial_sums_are_many():
    stream = stream_of(cores(merges_per_cycle=2))
    # 3 x 2 now takes 3 cycles; 3 x 1 and 1 x 2 what they took before.
    assert stream.slots.tolist() == [[4, 1], [2, 1]]
    assert stream.total.balanced_slots == 3 + 1 + 2 + 1  # ceil((4 + 3 + 1 + 1) / 4)
    # A partial sum a cycle: 3 x 2 + 1 x 1, 3 x 1 + 1 x 2; 2 x 1; 3 x 1; 2 x 1.
    assert stream_of(cores(merges_per_cycle=1)).slots.tolist() == [[7, 2], [3, 2]]


def test_activations_that_meet_no_channel_are_not_asked_for():
    # Of k = 0 and 1 the tiles have 3 + 3 and 1 + 0 words, of k = 2 one each.
    assert stream_of(cores()).bits.tolist() == [[6 * 8 + 2 * 4, 8 + 4], [8 + 2, 8 + 1]]
    empty = np.array(WEIGHTS) * [1, 0, 1]  # no survivor at k = 1
    stream = stream_of(cores(), product(empty, ACTIVATIONS))
    assert stream.bits.tolist() == [[3 * 8 + 2 * 4, 8 + 4], [8 + 2, 8 + 1]]
    assert stream.slots.tolist() == [[2, 1], [2, 1]]
    nothing = stream_of(cores(), product(np.zeros((5, 3)), ACTIVATIONS))
    assert nothing.bits.tolist() == [[8, 4], [2, 1]]  # the bits are read to see it
    assert (nothing.slots.tolist(), nothing.total.slots) == ([[0, 0], [0, 0]], 0)


def test_weights_and_counts():
    made = outer_product.schedule(product(WEIGHTS, ACTIVATIONS), cores())
    stream, total = made.stream(4), made.stream(4).total
    assert (made.first.tolist(), made.weights.tolist()) == ([0, 2], [4 + 1, 4])
    assert made.metadata_bits.tolist() == [5 * 2, 5]  # a bit for each channel and position
    assert stream.preload_bits.tolist() == [[5 * 8 + 10, 4 * 8 + 5]]
    # Weights for each of 2 columns of cores, then for 1; the activations asked for by 2 rows of cores.
    assert total.lrf_writes == 9 * (2 + 1) + (7 + 2) * 2
    # a ceil(b / 2) + b ceil(a / 2): tile 0, k = 0: 7 5 3 2, k = 1: 2 3, k = 2: 3 3; tile 1: 5 2, 3 3.
    assert total.lrf_reads == total.lrf_metadata_reads == (17 + 5 + 6) + (7 + 6)
    assert total.accumulations == 27
    assert (total.smem_words, total.smem_metadata_bits) == (9 + 2 * 9, 15 + 2 * 15)


def test_a_narrower_output_tile_has_fewer_cores_at_work():
    made = outer_product.schedule(product(WEIGHTS, ACTIVATIONS), cores())
    # Columns 0 to 2, whose last one is of the second column of cores: 0, 1, 1. Then 3 and 4: 2, 1, 1.
    # Each time the first core takes 2 + 1 cycles for the first pass; for k = 2 a core takes 2 x 1: 1.
    assert made.stream(3).slots.tolist() == [[3, 1], [3, 1]]
    # A column each: 1 1 0, 1 0 0, 0 1 1, 1 1 0 and 1 0 1.
    assert made.stream(1).slots.tolist() == [[2 + 1, 0], [2, 0], [1, 1], [2 + 1, 0], [2, 1]]


@pytest.mark.parametrize(
    ("groups", "channels", "expected"),
    [(1, 5, 6), (1, 100, 6), (2, 8, 4), (2, 10, 5), (2, 14, 1), (2, 16, 4), (2, 18, 3), (4, 4, 1)],
)
def test_an_m_tile_is_of_one_convolution_group(groups, channels, expected):
    """The most channels of 6 that divide those of a group."""
    layer = Layer("c", "conv", groups, channels, 2, 2, groups=groups)
    made = outer_product.schedule(MaskedLayer(layer, KeepMask.ones(channels, 1)), cores())
    assert made.tile_m == expected
    assert len(made.first) - 1 == -(-channels // expected)


def by_loops(masked: MaskedLayer, array: outer_product.Array, tile_rows: int, columns: int):
    """Slots and bits of each (output tile, m tile, pass), and counts, as the rules say them."""
    layer, weights, seen = masked.layer, masked.mask.to_dense(), unfolded(masked)
    tables, counts = {}, Counter()
    for m_tile, rows in enumerate(cuts(layer.m_dim, tile_rows)):
        (g,) = {m * layer.groups // layer.m_dim for m in rows}
        down = [rows[i : i + array.tile_rows] for i in range(0, len(rows), array.tile_rows)]
        for t, tile in enumerate(cuts(layer.n_dim, columns)):
            across = [tile[i : i + array.tile_columns] for i in range(0, len(tile), array.tile_columns)]
            for p, run in enumerate(cuts(layer.k_dim, array.depth)):
                of_cores = []
                for ms in down:
                    for ns in across:
                        cycles = 0
                        for k in run:
                            a, b = int(weights[ms, k].sum()), int(seen[ns, g, k].sum())
                            steps = -(-a // array.rows) * -(-b // array.cols)
                            cycles += max(steps, -(-a * b // array.merges_per_cycle))
                            counts["macs"] += a * b
                            counts["lrf_reads"] += a * -(-b // array.cols) + b * -(-a // array.rows)
                        of_cores.append(cycles)
                asked = sum(int(seen[tile, g, k].sum()) for k in run if weights[rows, k].any())
                stored = int(weights[rows][:, run].sum())
                counts["lrf_writes"] += stored * len(across) + asked * len(down)
                counts["balanced_slots"] += -(-sum(of_cores) // len(of_cores))
                counts["slots"] += max(of_cores)
                tables[t, m_tile, p] = max(of_cores), asked * 8 + len(run) * len(tile)
    return tables, counts


@given(seed=st.integers(0, 2**32))
def test_the_kernel_agrees_with_naive_loops(seed):
    pick = seeded_pick(seed)
    array = cores(
        core_rows=pick((1, 2, 3)),
        core_columns=pick((1, 2, 3)),
        rows=pick((1, 2, 3)),
        cols=pick((1, 2, 4)),
        tile_rows=pick(range(1, 6)),
        tile_columns=pick(range(1, 6)),
        depth=pick((1, 3, 8, 70)),
        merges_per_cycle=pick((1, 3, 5, 100)),
    )
    masked = make_layer(pick, load_machine("dstc"), most_m=12, most_k=24, most_n=12)
    made = outer_product.schedule(masked, array)
    columns = pick(range(1, made.columns + 1))
    stream = made.stream(columns)
    tables, counts = by_loops(masked, array, made.tile_m, columns)
    stretches = len(cuts(masked.layer.k_dim, array.depth))
    for (t, m_tile, p), expected in tables.items():
        v, at = stream.variant[t], m_tile * stretches + p
        assert (stream.slots[v, at], stream.bits[v, at]) == expected
    assert {name: getattr(stream.total, name) for name in counts} == counts
