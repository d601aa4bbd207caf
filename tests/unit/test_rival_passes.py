"""Passes of the rivals, worked out with a pencil (rules 8b and 10 to 11g of docs/machine_model.md)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from accel_sim.architectures import (
    Schedule,
    SmemLayout,
    gather,
    outer_product,
    structured_tensor_core,
    systolic,
)
from workloads import Layer, MaskedLayer, gemm_workload
from workloads.activations import Given
from workloads.masks import KeepMask

WORDS = SmemLayout(word_bytes=1)


def gemm(weights: Any, activations: Any) -> MaskedLayer:
    """Weights [m, k] and activations [k, n], written as zeros and ones."""
    w, a = np.array(weights, bool), np.array(activations, bool)
    return gemm_workload(*w.shape, a.shape[1], weight_keep=w, activation_keep=a).layers[0]


def tables(schedule: Schedule, columns: int) -> dict[str, list[list[int]]]:
    stream = schedule.stream(columns)
    names = "slots", "work", "bits", "preload_bits"
    return {name: getattr(stream, name).tolist() for name in names}


def skip(**fields: Any) -> gather.Array:
    sizes = {"pe_rows": 2, "pe_columns": 2, "lanes": 1, "columns": 4, "pipeline_cycles": 0}
    return gather.Array.model_validate({**sizes, "activations": "skip", "depth": 4, **fields})


PAIRED = gemm(
    [[1, 1, 0, 1], [0, 1, 0, 0]],
    [[1, 1, 0, 1], [1, 0, 0, 1], [1, 1, 1, 1], [0, 1, 0, 1]],  # 3, 2, 4 and 2 of its rows are not zero
)


def test_a_pe_takes_a_cycle_for_each_pair_that_meets():
    made = gather.schedule(PAIRED, skip(), WORDS)
    # Channel 0 meets 2, 2, 0 and 3 activations in columns 0 to 3, channel 1 meets 1, 0, 0 and 1.
    # PE column 0 has columns 0 and 2: 2 and 1 cycles; PE column 1 has 1 and 3: 5 and 1.
    # Stream: 4 x 4 bits and 11 words; preload: 4 survivors of 8 + 2 bits, 2 counts of 3 bits.
    assert tables(made, 4) == {
        "slots": [[5]],
        "work": [[5]],
        "bits": [[16 + 88]],
        "preload_bits": [[4 * 10 + 2 * 3]],
    }
    total = made.stream(4).total
    assert (total.macs, total.issued_macs, total.balanced_slots, total.slots) == (9, 9, 3, 5)  # ceil(9 / 4)
    assert total.accumulations == 5  # places with a pair
    assert total.lrf_reads == 18
    assert total.lrf_writes == 4 * 2 + 2 * 11  # weights for both PE columns, activations for both channels


def test_lanes_take_pairs_together_and_operand_banks_take_them_apart():
    two = gather.schedule(PAIRED, skip(lanes=2), WORDS)
    assert tables(two, 4)["slots"] == [[3]]  # channel 0: ceil(2 / 2) + ceil(3 / 2) in PE column 1
    one_bank = gather.schedule(PAIRED, skip(lanes=2, operand_banks=1), WORDS)
    assert (tables(one_bank, 4)["slots"], tables(one_bank, 4)["work"]) == ([[3]], [[5]])
    # Positions 0, 1 and 3 of channel 0 lie in banks 0, 1 and 1: column 3 takes two cycles, column 1 one.
    two_banks = gather.schedule(PAIRED, skip(lanes=2, operand_banks=2), WORDS)
    assert tables(two_banks, 4)["work"] == [[3]]


def test_a_queue_gives_the_next_channel_to_the_pe_that_is_free_first():
    weights = [[1, 1, 1, 1], [1, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0]]  # 4, 1, 1 and 2 cycles in a column
    item = gemm(weights, np.ones((4, 1)))
    found = {}
    for rule in ("row", "row_sorted", "dynamic"):
        array = skip(pe_columns=1, rows_per_pe=2, columns=1, distribution=rule)
        found[rule] = tables(gather.schedule(item, array, WORDS), 1)["slots"]
    # In turn: 4 + 1 and 1 + 2; sorted 4, 2, 1, 1: 4 + 1 and 2 + 1; the queue: 4, and 1 + 1 + 2.
    assert found == {"row": [[5]], "row_sorted": [[5]], "dynamic": [[4]]}


def test_weights_alone_are_dealt_by_passes():
    weights = [[1, 1, 1, 1], [1, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0]]
    for rule, passes in (("row", 5), ("row_sorted", 5), ("dynamic", 4)):
        array = gather.Array.model_validate(
            {"pe_rows": 2, "rows_per_pe": 2, "lanes": 1, "columns": 4, "pipeline_cycles": 0}
            | {"distribution": rule}
        )
        made = gather.schedule(gemm(weights, np.ones((4, 3))), array, WORDS)
        assert made.first.tolist() == [0, passes], rule
        assert made.stream(3).total.balanced_slots == 4 * 3  # 8 passes on two PEs


def test_channels_of_other_convolution_groups_ask_for_other_activations():
    layer = Layer("two groups", "conv", 4, 2, 1, 3, groups=2)  # a channel each; two inputs, three pixels
    seen = KeepMask.from_dense([[1, 0, 1, 1], [1, 1, 0, 1], [0, 0, 1, 0]])  # pixels x channels
    item = MaskedLayer(layer, KeepMask.ones(2, 2), Given(seen))
    made = gather.schedule(item, skip(pe_columns=1), WORDS)
    # Group 0 sees 1, 2 and 0 non-zeros, group 1 2, 1 and 1: 3 and 4 cycles, 2 x 3 x 2 bits and 7 words.
    assert tables(made, 3)["slots"] == [[4]]
    assert tables(made, 3)["bits"] == [[12 + 56]]
    assert made.stream(3).total.macs == 7


def test_padding_meets_nobody():
    layer = Layer("padded", "conv", 1, 1, 1, 3, 1, 3, padding_w=1)  # k = 3, columns see 2, 3 and 2 pixels
    item = MaskedLayer(layer, KeepMask.ones(1, 3))
    assert gather.schedule(item, skip(), WORDS).stream(3).total.macs == 7


def product(**fields: int) -> outer_product.Array:
    sizes = {"core_rows": 1, "core_columns": 1, "rows": 2, "cols": 2, "tile_rows": 4, "tile_columns": 4}
    others = {"depth": 4, "merges_per_cycle": 100, "pipeline_cycles": 0}
    return outer_product.Array.model_validate({**sizes, **others, **fields})


LINES = gemm(
    [[1, 1, 0, 0], [1, 0, 0, 1], [1, 0, 0, 1]],  # 3, 1, 0 and 2 survivors of each position
    [[1, 1, 1, 0], [1, 1, 1, 1], [1, 1, 1, 1], [0, 0, 0, 0]],  # 3, 4, 4 and 0 that are not zero
)


def test_a_position_takes_the_steps_of_both_condensed_lines():
    made = outer_product.schedule(LINES, product(), WORDS)
    # ceil(3 / 2) ceil(3 / 2) = 4, then 1 x 2 = 2, and nothing where a line is empty.
    # Stream: 4 x 4 bits, and the 3 + 4 + 0 words at positions with a survivor. Preload: 6 words, 3 x 4 bits.
    assert tables(made, 4) == {
        "slots": [[6]],
        "work": [[6]],
        "bits": [[16 + 56]],
        "preload_bits": [[48 + 12]],
    }
    total = made.stream(4).total
    assert (total.macs, total.accumulations, total.balanced_slots) == (13, 13, 6)
    assert total.lrf_reads == (3 * 2 + 3 * 2) + (1 * 2 + 4 * 1)
    assert total.lrf_writes == 6 + 7


@pytest.mark.parametrize(("merges", "slots"), [(4, 6), (3, 4 + 2), (2, 5 + 2), (1, 9 + 4)])
def test_the_rf_merges_so_many_partial_sums_a_cycle(merges, slots):
    made = outer_product.schedule(LINES, product(merges_per_cycle=merges), WORDS)
    assert tables(made, 4)["slots"] == [[slots]]  # 9 and 4 products


def test_the_core_with_the_most_holds_up_the_others():
    made = outer_product.schedule(
        LINES, product(core_rows=2, core_columns=2, tile_rows=2, tile_columns=2), WORDS
    )
    # Channels 0, 1 | 2 have 2, 1, 0, 1 | 1, 0, 0, 1 survivors, columns 0, 1 | 2, 3 2, 2, 2, 0 | 1, 2, 2, 0
    # that are not zero.
    # Steps: (1 + 1), (1 + 1) | 1, 1: six on four cores.
    assert tables(made, 4)["slots"] == [[2]]
    assert made.stream(4).total.balanced_slots == 2


def test_passes_end_with_their_depth_and_tiles_with_the_layer():
    made = outer_product.schedule(LINES, product(depth=3, tile_columns=3), WORDS)
    assert made.first.tolist() == [0, 2]
    # Tiles of 3 and 1 columns: 3, 3, 3, 0 and 0, 1, 1, 0 that are not zero.
    assert tables(made, 3)["slots"] == [[4 + 2, 0], [1, 0]]
    assert made.metadata_bits.tolist() == [9, 3]


def grid(dataflow: str, depth: int | None, **fields: Any) -> systolic.Array:
    return systolic.Array.model_validate(
        {"rows": 2, "cols": 3, "dataflow": dataflow, "accumulator_depth": depth, "pipeline_cycles": 0}
        | fields
    )


FULL = gemm(np.ones((4, 5)), np.ones((5, 7)))  # m = 4, k = 5, n = 7


def test_output_stationary_operands_stream_by():
    made = systolic.schedule(FULL, grid("output_stationary", None), WORDS)
    # Tiles of 3 and 1 channels by 2 pixels (the last 1), passes of 2, 2 and 1 positions.
    assert (made.tile_rows, made.columns, made.first.tolist()) == (3, 2, [0, 3, 6])
    assert made.ramps.tolist() == [0, 0, 3, 0, 0, 3]  # rows + cols - 2, once an output tile
    found = tables(made, 2)
    assert found["slots"] == [[2, 2, 1, 2, 2, 1]] * 2
    assert found["bits"][0] == [8 * x for x in (2 * 5, 2 * 5, 5, 2 * 3, 2 * 3, 3)]
    assert found["preload_bits"] == [[0] * 6]
    total = made.stream(2).total
    assert (total.sums_in_place, total.accumulations, total.slots) == (4 * 5 * 7, 0, 2 * 5 * 4)


def test_input_stationary_weights_stream_by():
    made = systolic.schedule(FULL, grid("input_stationary", 3), WORDS)
    # Tiles of 3 and 1 channels by 3 pixels (the last 1): a pass takes its channels, whatever the positions.
    assert (made.tile_rows, made.columns) == (3, 3)
    assert made.ramps.tolist() == [5] * 6  # 2 rows + cols - 2
    found = tables(made, 3)
    assert found["slots"] == [[3, 3, 3, 1, 1, 1]] * 2
    assert found["bits"] == [[8 * x for x in (6, 6, 3, 2, 2, 1)]] * 2
    assert found["preload_bits"] == [[8 * w * x for x in (2, 2, 1, 2, 2, 1)] for w in (3, 1)]
    assert made.stream(3).total.lrf_writes == 2 * 5 * 7  # activations, for both m tiles


def test_weight_stationary_columns_stream_by():
    made = systolic.schedule(FULL, grid("weight_stationary", 4, double_buffered=True), WORDS)
    assert (made.tile_rows, made.columns, made.ramps.sum()) == (3, 4, 0)
    found = tables(made, 4)
    assert found["slots"] == [[4] * 6, [3] * 6]
    assert found["preload_bits"] == [[8 * x for x in (6, 6, 3, 2, 2, 1)]]


def test_gating_saves_switching_and_compression_bytes_too():
    array = {"cores": 1, "rows": 2, "lanes": 2, "columns": 4, "pipeline_cycles": 0}
    streams = {
        mode: structured_tensor_core.schedule(
            PAIRED, structured_tensor_core.Array.model_validate({**array, "activations": mode}), WORDS
        ).stream(4)
        for mode in ("dense", "gate", "compress")
    }
    # Dense: 2 x 4 weights, all multiplied in 4 columns; 9 of these are pairs of non-zeros.
    macs = {m: (s.total.macs, s.total.issued_macs, s.total.gated_macs) for m, s in streams.items()}
    assert macs == {"dense": (16, 32, 0), "gate": (9, 9, 23), "compress": (9, 9, 23)}
    # Passes of two positions: 8 words a pass; compressed 3 + 2 and 4 + 2 words, and 8 bits.
    assert streams["gate"].bits.tolist() == streams["dense"].bits.tolist() == [[64, 64]]
    assert streams["compress"].bits.tolist() == [[40 + 8, 48 + 8]]
