"""PEs that look for pairs of survivors and non-zero activations (rules 11a, 11b, 31), by hand and loops."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from unfolded import cuts, product, unfolded

from accel_sim.architectures import Stream, gather
from accel_sim.loading.machine import load_machine
from accel_sim.verify.layers import make_layer, seeded_pick
from workloads import KeepMask, Layer, MaskedLayer
from workloads.activations import Given

WEIGHTS = [[1, 1, 0, 1], [0, 1, 1, 0], [1, 0, 0, 0]]
# By k position; output tile 0 has columns 0 to 2, of which 0 and 2 are of PE column 0; tile 1 has column 3.
ACTIVATIONS = [[1, 1, 0, 0], [1, 0, 1, 1], [0, 1, 1, 0], [1, 1, 0, 0]]
# Pairs of channel and column: channel 0: 3 2 1 1, channel 1: 1 1 2 1, channel 2: 1 1 0 0.


def pes(**fields) -> gather.Array:
    sizes = {"pe_rows": 2, "pe_columns": 2, "lanes": 1, "columns": 3, "depth": 4, "pipeline_cycles": 0}
    return gather.Array.model_validate({**sizes, "activations": "skip", **fields})


def stream_of(array: gather.Array, masked: MaskedLayer | None = None) -> Stream:
    made = gather.schedule(masked or product(WEIGHTS, ACTIVATIONS), array)
    return made.stream(array.columns)


def test_each_pe_takes_a_cycle_for_each_pair_of_its_channel_and_columns():
    stream = stream_of(pes())
    # Tile 0: PEs of channel 0: 3 + 1 and 2, of channel 1: 1 + 2 and 1. Channel 2 is an m tile of its own.
    assert stream.slots.tolist() == stream.work.tolist() == [[4, 1], [1, 0]]
    # Balanced: ceil(10 / 4 PEs), ceil(2 / 2); in tile 1 a PE column has nothing: 2 / 2 PEs, 0.
    assert (stream.total.balanced_slots, stream.total.slots) == (3 + 1 + 1 + 0, 6)
    assert stream.total.macs == stream.total.issued_macs == 10 + 2 + 2
    # Columns 0 to 2 have 3 + 3 + 2 words that are not zero, column 3 has 1; a bit for each position.
    assert stream.bits.tolist() == [[8 * 8 + 3 * 4] * 2, [8 + 4] * 2]
    # 5 and 1 survivors of a word and 2 bits of place each; 3 bits of count for 2 channels and for 1.
    assert stream.preload_bits.tolist() == [[5 * (8 + 2) + 2 * 3, 8 + 2 + 3]]


def test_counts_of_the_pairs():
    total = stream_of(pes()).total
    assert (total.lrf_reads, total.lrf_metadata_reads) == (2 * 14, 14)
    assert total.accumulations == 4 + 4 + 2  # of each channel the columns with a pair
    # Weights once for each PE column that has a column, 2 + 1; 8 and 1 activations for each channel.
    assert total.lrf_writes == 6 * 3 + 3 * (8 + 1)
    # 9 words for each m tile, 6 weights for each output tile; bits as above.
    assert (total.smem_words, total.smem_metadata_bits) == (2 * 9 + 2 * 6, 2 * 16 + 2 * (16 + 5))


def test_two_lanes_take_two_pairs_of_a_channel_and_column_a_cycle():
    stream = stream_of(pes(lanes=2))
    # ceil(x / 2) of channel 0: 2 1 1 1, of channel 1: 1 1 1 1, of channel 2: 1 1 0 0.
    assert stream.slots.tolist() == stream.work.tolist() == [[3, 1], [1, 0]]
    assert stream.total.balanced_slots == 2 + 1 + 1 + 0  # of sums 7, 2, 2 and 0


def test_a_bank_of_operands_is_read_once_a_cycle():
    stream = stream_of(pes(lanes=4, operand_banks=2))
    # Each meeting takes a cycle, but that of channel 0 and column 0, which wants k = 1 and 3 of bank 1.
    assert stream.slots.tolist() == [[2, 1], [1, 0]]
    assert stream.work.tolist() == [[3, 1], [1, 0]]
    assert stream_of(pes(lanes=4, operand_banks=4)).work.tolist() == [[2, 1], [1, 0]]
    assert np.array_equal(
        stream_of(pes(operand_banks=1)).work, stream_of(pes()).work
    )  # one lane: nothing new


def test_passes_are_stretches_of_k():
    stream = stream_of(pes(depth=3))
    made = gather.schedule(product(WEIGHTS, ACTIVATIONS), pes(depth=3))
    assert made.first.tolist() == [0, 2, 4]
    assert made.weights.tolist() == [2 + 2, 1 + 0, 1, 0]
    # Pairs of k = 0 to 2 (channel 0: 2 1 1 1, channel 1: 1 1 2 1, channel 2: 1 1 0 0), then k = 3.
    assert stream.slots.tolist() == [[3, 1, 1, 0], [1, 0, 0, 0]]
    # A pass without a survivor asks for nothing.
    assert stream.bits.tolist() == [[6 * 8 + 9, 2 * 8 + 3, 6 * 8 + 9, 0], [8 + 3, 1, 8 + 3, 0]]
    # Places of 2 bits, counts of 2 bits: the last channel has a count even of none.
    assert stream.preload_bits.tolist() == [[4 * 10 + 2 * 2, 10 + 2 * 2, 10 + 2, 2]]


def test_sorted_channels_meet_their_like():
    mixed = product([WEIGHTS[2], WEIGHTS[0], WEIGHTS[1]], ACTIVATIONS)  # 1, 3 and 2 survivors
    by_hand, sorting = stream_of(pes()), stream_of(pes(distribution="row_sorted"), mixed)
    assert np.array_equal(sorting.slots, by_hand.slots)
    assert np.array_equal(sorting.preload_bits, by_hand.preload_bits)
    assert sorting.total == by_hand.total
    # In turn channels 2 and 0 share the first m tile.
    assert stream_of(pes(), mixed).slots.tolist() == [[4, 3], [1, 1]]
    # Of equals the first: 1 2 2 survivors, and the m tiles are channels 1 and 2, 0.
    equals = product([[1, 0], [1, 1], [1, 1]], [[1, 1, 1], [0, 0, 0]])
    assert gather.row_order(equals.mask, pes(distribution="row_sorted")).tolist() == [1, 2, 0]


def test_a_queue_gives_work_to_the_pe_that_is_free_first():
    queue, turns = (stream_of(pes(rows_per_pe=2, distribution=d)) for d in ("dynamic", "row"))
    # One m tile. Channels 0 and 1 give the PEs 4 2 3 1; then the last one takes a cycle of channel 2,
    # and of those free after 2 the first takes the other: 4 3 3 2. In turn channels 0 and 2 share a row: 5.
    assert (queue.slots.tolist(), turns.slots.tolist()) == ([[4], [1]], [[5], [1]])
    # Tile 0: ceil(12 / 4). Tile 1: one column of 3 channels is of 3 PEs of the queue, of 2 in turn.
    assert queue.total.balanced_slots == turns.total.balanced_slots == 3 + 1
    assert queue.total._replace(slots=turns.total.slots) == turns.total


def test_convolution_groups_ask_for_their_own_activations():
    layer = Layer("c", "conv", 4, 2, 1, 2, groups=2)
    seen = Given(KeepMask.from_dense(np.array([[1, 0, 1, 1], [0, 0, 0, 1]], bool)))
    masked = MaskedLayer(layer, KeepMask.from_dense(np.array([[1, 1], [0, 1]], bool)), seen)
    grid = {"pe_rows": 1, "pe_columns": 1, "rows_per_pe": 2, "columns": 2}
    # Channel 0 meets input channel 0 at the first pixel, channel 1 meets input channel 3 at both.
    whole = stream_of(pes(**grid, depth=2), masked)
    assert whole.slots.tolist() == [[1 + 0 + 1 + 1]]
    # 1 and 3 words of the groups, each 2 positions of 2 columns.
    assert whole.bits.tolist() == [[1 * 8 + 4 + 3 * 8 + 4]]
    assert whole.total.lrf_writes == 3 + (1 + 3)
    # At k = 0 only channel 0 has a survivor, and only its group is asked for.
    cut = stream_of(pes(**grid, depth=1), masked)
    assert cut.slots.tolist() == [[1, 2]]
    assert cut.bits.tolist() == [[8 + 2, 0 + 2 + 2 * 8 + 2]]
    assert cut.total.lrf_metadata_reads == 0  # a place of no bits


def test_padding_costs_no_cycle():
    layer = Layer("c", "conv", 1, 1, 1, 2, 1, 3, padding_w=1)
    stream = stream_of(
        pes(pe_rows=1, pe_columns=1, columns=2, depth=3), MaskedLayer(layer, KeepMask.ones(1, 3))
    )
    # Each of two columns has two pixels and one of padding, whose bit is read and whose word is not.
    assert (stream.slots.tolist(), stream.bits.tolist()) == ([[4]], [[4 * 8 + 6]])


def by_loops(masked: MaskedLayer, array: gather.Array, columns: int, word_bits: int) -> tuple[dict, Counter]:
    """Slots, work and bits of each (output tile, m tile, pass), and counts, as the rules say them."""
    layer, weights, seen = masked.layer, masked.mask.to_dense(), unfolded(masked)
    order = list(range(layer.m_dim))
    if array.distribution == "row_sorted":
        order.sort(key=lambda m: (-weights[m].sum(), m))
    tables, counts = {}, Counter()
    for m_tile, rows in enumerate(cuts(layer.m_dim, array.pe_rows * array.rows_per_pe)):
        for t, tile in enumerate(cuts(layer.n_dim, columns)):
            of_columns = [
                [n for n in tile if (n - tile[0]) % array.pe_columns == j] for j in range(array.pe_columns)
            ]
            of_columns = [ns for ns in of_columns if ns]
            for p, run in enumerate(cuts(layer.k_dim, array.depth)):
                slots, work = np.zeros((2, array.pe_rows, array.pe_columns), np.int64)
                groups = set()
                for place, m in enumerate(order[i] for i in rows):
                    g, living = m * layer.groups // layer.m_dim, [k for k in run if weights[m, k]]
                    if living:
                        groups.add(g)
                        nonzero = int(seen[tile, g][:, run].sum())
                        counts["lrf_writes"] += len(living) * len(of_columns) + nonzero
                    for j, ns in enumerate(of_columns):
                        ideal = real = 0
                        for n in ns:
                            met = [k for k in living if seen[n, g, k]]
                            y = 0
                            if array.operand_banks:
                                y = max(Counter(k % array.operand_banks for k in met).values(), default=0)
                            ideal += -(-len(met) // array.lanes)
                            real += max(-(-len(met) // array.lanes), y)
                            counts["macs"] += len(met)
                            counts["accumulations"] += bool(met)
                        at = place % array.pe_rows, j
                        if array.distribution == "dynamic":
                            at = np.unravel_index(work.argmin(), work.shape)
                        slots[at] += ideal
                        work[at] += real
                able = min(array.pe_rows, len(rows)) * len(of_columns)
                if array.distribution == "dynamic":
                    able = min(len(rows) * len(of_columns), array.pe_rows * array.pe_columns)
                words = sum(int(seen[tile, g][:, run].sum()) for g in groups)
                bits = len(groups) * len(tile) * len(run) + words * word_bits
                tables[t, m_tile, p] = slots.max(), work.max(), bits
                counts["balanced_slots"] += -(-slots.sum() // able)
                counts["slots"] += slots.max()
    return tables, counts


@given(seed=st.integers(0, 2**32))
def test_the_kernel_agrees_with_naive_loops(seed):
    pick = seeded_pick(seed)
    array = pes(
        pe_rows=pick((1, 2, 3, 5)),
        pe_columns=pick((1, 2, 3)),
        rows_per_pe=pick((1, 2, 3)),
        lanes=pick((1, 2, 3, 4)),
        columns=pick((1, 3, 4, 8)),
        distribution=pick(("row", "row_sorted", "dynamic")),
        depth=pick((1, 3, 7, 64, 70)),
        operand_banks=pick((None, None, 1, 2, 3)),
    )
    masked = make_layer(pick, load_machine("unstructured_gather"), most_m=12, most_k=24, most_n=12)
    columns = pick(range(1, array.columns + 1))
    stream = gather.schedule(masked, array).stream(columns)
    tables, counts = by_loops(masked, array, columns, 8)
    stretches = len(cuts(masked.layer.k_dim, array.depth))
    for (t, m_tile, p), expected in tables.items():
        v, at = stream.variant[t], m_tile * stretches + p
        assert (stream.slots[v, at], stream.work[v, at], stream.bits[v, at]) == expected
    assert {name: getattr(stream.total, name) for name in counts} == counts


def test_resources_of_a_grid_of_pes():
    """A sum for each output channel of an m tile and column of an output tile; lanes for each PE."""
    array = pes(pe_rows=2, pe_columns=3, rows_per_pe=5, lanes=7, columns=11)
    assert (array.multipliers, array.accumulators) == (2 * 3 * 7, 2 * 5 * 11)
