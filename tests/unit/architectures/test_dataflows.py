"""Passes of the systolic array, by hand: what stands still decides all (rules 11c, 11d, 30 to 32)."""

import numpy as np
import pytest

from accel_sim import load_machine, simulate
from accel_sim.architectures import Schedule, SmemLayout, systolic
from workloads import KeepMask, Layer, MaskedLayer, gemm_workload

# 5 channels, 6 positions of k in passes of 4 and 2, 7 output pixels.
MASKED = gemm_workload(5, 6, 7).layers[0]


def grid(dataflow: str, depth: int | None, **fields) -> systolic.Array:
    sizes = {"rows": 4, "cols": 3, "accumulator_depth": depth, "pipeline_cycles": 0}
    return systolic.Array.model_validate({**sizes, "dataflow": dataflow, **fields})


def made(dataflow: str, depth: int | None, masked: MaskedLayer = MASKED, **fields) -> Schedule:
    return systolic.schedule(masked, grid(dataflow, depth, **fields))


def test_weight_stationary():
    schedule = made("weight_stationary", 5)
    assert (schedule.tile_m, schedule.columns, schedule.first.tolist()) == (3, 5, [0, 2, 4])
    stream = schedule.stream(5)
    # Output tiles of 5 columns and 2, m tiles of 3 channels and 2.
    assert stream.variant.tolist() == [0, 1]
    assert stream.slots.tolist() == stream.work.tolist() == [[5] * 4, [2] * 4]
    assert stream.bits.tolist() == [[5 * 4 * 8, 5 * 2 * 8] * 2, [2 * 4 * 8, 2 * 2 * 8] * 2]
    assert stream.preload_bits.tolist() == [[4 * 3 * 8, 2 * 3 * 8, 4 * 2 * 8, 2 * 2 * 8]]
    total = stream.total
    assert total.slots == total.balanced_slots == 4 * 7
    assert total.macs == total.issued_macs == total.lrf_reads == 5 * 6 * 7
    assert (total.lrf_writes, total.accumulations, total.sums_in_place) == (30 * 2, (3 + 3 + 2 + 2) * 7, 0)
    assert (total.smem_words, total.smem_metadata_bits) == (6 * 7 * 2 + 30 * 2, 0)


def test_output_stationary():
    schedule = made("output_stationary", None)
    assert (schedule.tile_m, schedule.columns, schedule.first.tolist()) == (3, 4, [0, 2, 4])
    stream = schedule.stream(4)
    # Output tiles of 4 columns and 3; positions of k stream by, one a cycle.
    assert stream.variant.tolist() == [0, 1]
    assert stream.slots.tolist() == stream.work.tolist() == [[4, 2, 4, 2]] * 2
    # A word for each position and column, and for each position and channel.
    assert stream.bits.tolist() == [
        [8 * 4 * (4 + 3), 8 * 2 * (4 + 3), 8 * 4 * (4 + 2), 8 * 2 * (4 + 2)],
        [8 * 4 * (3 + 3), 8 * 2 * (3 + 3), 8 * 4 * (3 + 2), 8 * 2 * (3 + 2)],
    ]
    assert not stream.preload_bits.any()
    total = stream.total
    assert total.slots == total.balanced_slots == (4 + 2) * 2 * 2
    assert total.macs == total.issued_macs == total.sums_in_place == 5 * 6 * 7
    assert (total.lrf_reads, total.lrf_writes, total.accumulations) == (0, 0, 0)
    # Activations for 2 m tiles, weights for 2 output tiles.
    assert total.smem_words == 6 * 7 * 2 + 30 * 2


def test_input_stationary():
    schedule = made("input_stationary", 4)
    assert (schedule.tile_m, schedule.columns, schedule.first.tolist()) == (4, 3, [0, 2, 4])
    stream = schedule.stream(3)
    # Output tiles of 3, 3 and 1 columns, m tiles of 4 channels and 1: one streams by a cycle.
    assert stream.variant.tolist() == [0, 0, 1]
    assert stream.slots.tolist() == stream.work.tolist() == [[4, 4, 1, 1]] * 2
    assert stream.bits.tolist() == [[8 * 4 * 4, 8 * 2 * 4, 8 * 4, 8 * 2]] * 2
    # A word for each position and column stands still.
    assert stream.preload_bits.tolist() == [[8 * 4 * 3, 8 * 2 * 3] * 2, [8 * 4, 8 * 2] * 2]
    total = stream.total
    assert total.slots == total.balanced_slots == (4 + 4 + 1 + 1) * 3
    assert total.macs == total.issued_macs == total.lrf_reads == 5 * 6 * 7
    assert total.lrf_writes == 6 * 7 * 2  # activations, for each of 2 m tiles
    assert (total.accumulations, total.sums_in_place) == ((4 + 4 + 1 + 1) * 7, 0)
    assert total.smem_words == 30 * 3 + 6 * 7 * 2


@pytest.mark.parametrize(
    ("dataflow", "depth", "expected"),
    [
        # Shifted in over 4 rows, and out over 4 + 3 - 2 multipliers.
        ("weight_stationary", 5, [9, 9, 9, 9]),
        ("input_stationary", 4, [9, 9, 9, 9]),
        # Only out, at the end of k.
        ("output_stationary", None, [0, 5, 0, 5]),
    ],
)
def test_ramps(dataflow, depth, expected):
    assert made(dataflow, depth).ramps.tolist() == expected
    assert made(dataflow, depth, double_buffered=True).ramps.tolist() == [0] * 4


@pytest.mark.parametrize(
    ("dataflow", "depth"),
    [("weight_stationary", 5), ("output_stationary", None), ("input_stationary", 4)],
)
def test_a_mask_changes_the_macs_alone(dataflow, depth):
    keep = np.random.default_rng(0).random((5, 6)) < 0.3
    (pruned,) = gemm_workload(5, 6, 7, keep).layers
    full, sparse = (made(dataflow, depth, masked) for masked in (MASKED, pruned))
    columns = full.columns
    assert sparse.stream(columns).total == full.stream(columns).total._replace(macs=int(keep.sum()) * 7)
    assert np.array_equal(sparse.weights, full.weights)
    assert not sparse.compressed_ifmap


@pytest.mark.parametrize(
    ("dataflow", "depth", "expected"),
    [("weight_stationary", 5, 2), ("output_stationary", None, 2), ("input_stationary", 4, 4)],
)
def test_an_m_tile_is_of_one_convolution_group(dataflow, depth, expected):
    """Of 3 and of 4 channels the most that divide the 4 of a group."""
    layer = Layer("c", "conv", 4, 8, 3, 3, groups=2)
    schedule = made(dataflow, depth, MaskedLayer(layer, KeepMask.ones(8, 2)))
    assert schedule.tile_m == expected
    assert len(schedule.first) - 1 == 8 // expected
    assert schedule.stream(1).total.issued_macs == 8 * 2 * 9


def test_only_weight_stationary_columns_meet_bank_conflicts():
    layout = SmemLayout(word_bytes=1, banks=2, row_bytes=1)  # 4 bytes of a column in 2 banks: 2 cycles
    streams = {}
    for dataflow, depth in (("weight_stationary", 5), ("output_stationary", None), ("input_stationary", 4)):
        schedule = systolic.schedule(MASKED, grid(dataflow, depth), layout)
        streams[dataflow] = schedule.stream(schedule.columns)
    assert streams["weight_stationary"].work.tolist() == [[10, 5, 10, 5], [4, 2, 4, 2]]
    for dataflow in ("output_stationary", "input_stationary"):
        assert np.array_equal(streams[dataflow].work, streams[dataflow].slots)


@pytest.mark.parametrize(
    ("dataflow", "depth", "sums", "tile"),
    [
        ("weight_stationary", 5, 3 * 5, (3, 5)),  # 5 below each of 3 columns
        ("output_stationary", None, 3 * 4, (3, 4)),  # one beside each multiplier
        ("input_stationary", 7, 3 * 7, (7, 3)),
    ],
)
def test_accumulators_are_those_of_an_output_tile(dataflow, depth, sums, tile):
    """Rule 13: its sums stay until all of k is done."""
    array = grid(dataflow, depth)
    assert (array.accumulators, array.tile, array.multipliers) == (sums, tile, 12)


@pytest.mark.parametrize(
    ("accumulator_bytes", "word_bytes", "words"), [(4, 1, 4), (4, 2, 2), (5, 2, 3), (1, 2, 1), (6, 4, 2)]
)
def test_sums_in_place_take_whole_words_of_an_lrf(accumulator_bytes, word_bytes, words):
    """Rule 30: each multiplication reads and writes its sum, ceil(bytes / word) words of it."""
    settings = {"dataflow": "output_stationary", "accumulator_depth": None}
    changes = {f"array.{name}": value for name, value in settings.items()}
    sizes = {"rf.accumulator_bytes": accumulator_bytes, "word_bytes": word_bytes}
    row = simulate(gemm_workload(5, 6, 7), load_machine("edge_systolic", {**changes, **sizes})).layers.iloc[0]
    assert row["lrf_reads"] == row["lrf_writes"] == words * 5 * 6 * 7
    assert row["rf_read_bytes"] == 0
