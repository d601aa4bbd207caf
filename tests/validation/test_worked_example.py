"""Every number of "A layer by hand", docs/machine/worked_example.md, against the simulator and the reference.

Expected values are typed from the document; the names of the tests say which line they hold.
"""

import numpy as np
import pytest

from accel_sim import counters as c
from accel_sim import load_machine, simulate
from accel_sim.engine import Engine
from accel_sim.kernels.timeline.play import TRACE
from accel_sim.kernels.timeline.port import pass_cycles, preload_ready
from accel_sim.mapping import IfmapStays, Tiling
from accel_sim.reference import random_operands, simulate_reference
from accel_sim.reference.architectures.shared.list_walk import cut_walk
from accel_sim.reference.architectures.structured_tensor_core import row_lists
from accel_sim.reference.timeline.tiles import ifmap_tile, weight_tile
from accel_sim.search.bound import least_cycles
from accel_sim.search.choose import choose_mapping
from workloads import load_workload
from workloads.by_hand import gemm_workload
from workloads.layer import Layer
from workloads.masks import KeepMask
from workloads.workload import MaskedLayer, Workload

MACHINE = load_machine("crisp_stc")
COUNTS = {
    "cycles": 3159,
    "compute_cycles": 1024,
    "stall_dram_cycles": 501,
    "stall_fill_drain_cycles": 1634,
    "stall_smem_bandwidth_cycles": 0,
    "stall_imbalance_cycles": 0,
    "stall_writeback_cycles": 0,
    "dram_read_bytes": 70720,
    "dram_write_bytes": 16384,
    "dram_busy_cycles": 2722,
    "metadata_bytes": 1025,
}


def by_hand():
    """The first and the third of four 64 x 64 blocks, 2:4 inside."""
    keep = np.zeros((64, 256), np.bool_)
    for block in (0, 2):
        keep[:, 64 * block : 64 * block + 64] = np.arange(64) % 4 < 2
    return gemm_workload(64, 256, 256, keep)


WORKLOAD = by_hand()
MASKED = WORKLOAD.layers[0]


@pytest.fixture(scope="module")
def engine():
    return Engine.of(MACHINE).layer(MASKED)


@pytest.fixture(scope="module")
def schedule(engine):
    return engine.schedule


@pytest.fixture(scope="module")
def mapping(engine):
    return choose_mapping(engine)


@pytest.fixture(scope="module")
def reference(mapping):
    return simulate_reference(MASKED, MACHINE, mapping, random_operands(MASKED, 0))


def test_the_machine_is_the_one_of_the_example():
    assert MACHINE.smem.bandwidth_bytes_per_cycle == 128
    assert MACHINE.dram.model_dump() == {
        "model": "simple",
        "bandwidth_bytes_per_cycle": 32,
        "latency_cycles": 100,
        "burst_bytes": 64,
    }


def test_mode_list_and_passes(schedule):
    lists = row_lists(MASKED.mask.to_dense(), MACHINE.array)
    (groups,) = lists.groups
    assert (lists.n_keep, len(groups), lists.groups_per_pass) == (2, 2 * 16, 8)
    assert schedule.mode == "2:4, block 64"
    assert schedule.first.tolist() == [0, 4]


def test_demand_of_a_pass(schedule):
    assert schedule.weights.tolist() == [1024] * 4
    assert schedule.metadata_bits.tolist() == [2050, 2048, 2050, 2048]
    stream = schedule.stream(128)
    assert stream.bits.tolist() == [[8 * 128 * 32] * 4]
    assert stream.preload_bits.tolist() == [[10242, 10240, 10242, 10240]]
    assert stream.work.tolist() == stream.slots.tolist() == [[128] * 4]  # no bank is asked twice
    (m_tile,) = cut_walk(MASKED.layer, row_lists(MASKED.mask.to_dense(), MACHINE.array))
    passes = m_tile.passes
    assert [p.stored_weights for p in passes] == [1024] * 4
    assert [p.metadata_bits for p in passes] == [2050, 2048, 2050, 2048]
    assert [p.distinct_activations for p in passes] == [32] * 4


def test_a_pass_takes_a_cycle_a_column():
    needed = 8 * 128 * 32 + 8192 + 2050
    assert round(needed / 1024, 3) == 42.002
    assert pass_cycles(128, 128 * 8 * 32, 8192 + 2050, 1024, 0) == 128
    assert pass_cycles(0, 0, needed, 1024, 0) == 43


def test_tiles_and_their_bytes(mapping):
    """Rule 19: whole bursts, a tile's metadata beside its weights."""
    (m_tile,) = cut_walk(MASKED.layer, row_lists(MASKED.mask.to_dense(), MACHINE.array))
    passes = m_tile.passes
    weights = weight_tile(passes, MACHINE)
    assert (weights.value_bytes, weights.metadata_bytes, weights.stored_bytes) == (4096, 1025, 5184)
    assert sum(p.metadata_bits for p in passes) == 8196
    assert ifmap_tile(MASKED.layer, range(256), MACHINE).stored_bytes == 65536
    assert mapping.weight_tile_bytes.tolist() == [5184]
    assert mapping.ifmap_tile_bytes.tolist() == [32768, 32768]
    assert (mapping.tile_n, mapping.first_bytes, mapping.read_bytes) == (128, 37952, 70720)


def test_the_bound_of_either_cut(engine, mapping):
    other = Tiling(MASKED, engine.schedule, MACHINE).mapping(IfmapStays(tile_n=256))
    assert [(least_cycles(engine, one), int(engine.run(one)[c.at.cycles])) for one in (mapping, other)] == [
        (2722, 3159),
        (3671, 3671),
    ]


def test_first_weights_take_eleven_cycles():
    assert preload_ready(0, 0, 0, 0, 10242, 1286, 1024) == 1286 + 11


def test_when_everything_begins_and_ends(engine, mapping, reference):
    """Rule 18: a step is the four passes of one chunk over the columns of one output tile."""
    assert reference.spans == {
        ("load", 0): (0, 1286),
        ("load", 1): (1186, 2310),
        ("step", 0): (1297, 1809),
        ("step", 1): (2321, 2833),
        ("write-back", 0): (1815, 1815 + 64),
        ("write-back", 1): (2839, 2903),
        ("store", 0): (2210, 2466),
        ("store", 1): (2903, 3159),
    }
    trace = np.zeros(2, TRACE)
    engine.run(mapping, trace)
    assert trace.tolist() == [
        (0, 1286, 1297, 1809, 2210, 2466, 1815, 1879),
        (1186, 2310, 2321, 2833, 2903, 3159, 2839, 2903),
    ]


def test_cycles_stalls_and_bytes_of_both_engines(reference):
    """Rules 29, 35 and 36."""
    stalls = COUNTS["stall_dram_cycles"] + COUNTS["stall_fill_drain_cycles"]
    assert (2310 - 1809, 1297 + 11 + 326) == (501, 1634)
    assert COUNTS["cycles"] == COUNTS["compute_cycles"] + stalls
    stepped = dict(zip(c.NAMES, reference.counts.tolist(), strict=True))
    (fast,) = simulate(WORKLOAD, MACHINE).layers.to_dict("records")
    assert {name: stepped[name] for name in COUNTS} == COUNTS
    assert {name: fast[name] for name in COUNTS} == COUNTS


def test_smem_reads_of_both_engines(reference):
    """Rule 33: 32 activations a column and pass, 1,024 weights a pass and output tile, outputs once."""
    reads = {
        "smem_read_bytes": 4 * 256 * 32 + 2 * 4 * 1024 + 64 * 256,
        "smem_metadata_read_bytes": 2 * 8196 // 8,
    }
    stepped = dict(zip(c.NAMES, reference.counts.tolist(), strict=True))
    (fast,) = simulate(WORKLOAD, MACHINE).layers.to_dict("records")
    assert {name: stepped[name] for name in reads} == reads
    assert {name: fast[name] for name in reads} == reads


def test_the_reference_computes_the_product(reference):
    weights, activations = random_operands(MASKED, 0)
    product = weights.astype(np.int64) @ activations.reshape(256, 256).astype(np.int64)
    assert np.array_equal(reference.output, product)


def test_a_layer_that_streams_its_weights_is_what_a_pencil_says():
    """layer4.1.conv1 of ResNet-18 at 2:4: 512 x 4,608 x 49, its weights 1.4 MB in 256 KB of SMEM."""
    passes = 4608 // 4 // 8  # of an m tile: 1,152 groups, 8 a pass
    weights, ifmap = 512 * 4608 // 2, 7 * 7 * 512
    metadata = weights * 2 // 8
    chunk = passes // 4 * (1024 + 256)  # four a tile: a first load that waits for less than two would
    first_load, first_weights = -(-(ifmap + chunk) // 32) + 100, 1280 // 128
    last = 6 + -(-64 * 49 // 128) + 64 * 49 // 32  # pipeline, write-back, store
    (row,) = [
        row
        for row in simulate(load_workload("resnet18", "nm(2:4)"), MACHINE).layers.to_dict("records")
        if row["layer"] == "layer4.1.conv1"
    ]
    assert row["compute_cycles"] == 8 * passes * 49 == 56_448
    assert row["dram_read_bytes"] == weights + metadata + ifmap == 1_499_648
    assert row["dram_write_bytes"] == 512 * 49
    assert chunk // 32 < passes // 4 * 49  # a chunk comes in less time than one takes: nothing waits for DRAM
    assert row["cycles"] == first_load + first_weights + 56_448 + last == 58_911


def test_a_dense_layer_on_a_systolic_array_is_what_a_pencil_says():
    """The same layer dense on 32 x 32 weight stationary cells: 144 passes for each of 16 m tiles."""
    weights, ifmap = 512 * 4608, 7 * 7 * 512
    chunk = weights // 16 // 16  # an m tile's 144 passes in sixteen: nine at first
    first_load, first_weights = 100 + (chunk + ifmap) // 32, 32 * 32 // 128
    store = -(-32 * 49 // 64) * 64  # an m tile's outputs, in whole bursts
    last = 63 + -(-32 * 49 // 128) + store // 32  # through the grid, write-back, store
    (row,) = [
        row
        for row in simulate(load_workload("resnet18"), load_machine("edge_systolic")).layers.to_dict(
            "records"
        )
        if row["layer"] == "layer4.1.conv1"
    ]
    assert row["compute_cycles"] == 16 * 144 * 49 == 112_896
    assert row["dram_read_bytes"] == weights + ifmap == 2_384_384
    assert row["dram_write_bytes"] == 16 * store == 25_600
    assert chunk // 32 + 100 < 9 * 49  # a chunk comes in less time than one takes: nothing waits for DRAM
    assert row["cycles"] == first_load + first_weights + 112_896 + last == 114_202


def test_a_layer_that_lost_channels_is_what_a_pencil_says():
    """VGG-16's features.27 with 155 of 512 filters over 166 channels of 4 x 4, on the TPU-like array.

    155 x 1,494 weights are six passes of 256 positions of k, the last of 214. Each streams 16 pixels and
    meanwhile the weights of the next, which take longer: 256 x 155 bytes at 512 a cycle.
    """
    layer = Layer("conv", "conv", 166, 155, 4, 4, 3, 3, padding_h=1, padding_w=1)
    workload = Workload("pruned", (MaskedLayer(layer, KeepMask.ones(155, 1494)),), "channel")
    machine, whole = load_machine("tpu_v1_like"), "ifmap_stays(tile_n=16, chunks=1)"
    (row,) = simulate(workload, machine, mapping={"conv": whole}).layers.to_dict("records")
    (searched,) = simulate(workload, machine).layers.to_dict("records")
    assert searched["cycles"] < row["cycles"]  # in chunks, the array starts with the first
    weights, ifmap, outputs = -(-155 * 1494 // 64) * 64, -(-166 * 16 // 64) * 64, -(-155 * 16 // 64) * 64
    pixels = 16 * 256  # bytes that a pass streams in
    waits = 4 * (-(-(256 * 155 + pixels) // 512) - 16) + -(-(214 * 155 + pixels) // 512) - 16
    first = 50 + -(-(weights + ifmap) // 46) + -(-256 * 155 // 512)
    last = 511 + -(-155 * 16 // 512) + -(-outputs // 46)  # through the grid, write-back, store
    assert row["compute_cycles"] == 6 * 16 == 96
    assert row["stall_smem_bandwidth_cycles"] == waits == 337
    assert row["dram_read_bytes"] == weights + ifmap == 234_304
    assert row["dram_write_bytes"] == outputs == 2_496
    assert row["cycles"] == first + 96 + waits + last == 6_226


def test_a_depthwise_layer_on_one_bus_a_core_is_what_a_pencil_says():
    """MobileNetV2's features.17.conv.1: 960 channels of 3 x 3, each a set of its own (rule 6a)."""
    tiles, turns = 960 // 64, 16  # of four cores whose sixteen rows are fed one after another
    weights, ifmap, outputs = 64 * 9, 49 * 960, 64 * 49  # bytes of an m tile, of all pixels, of an m tile
    (row,) = [
        row
        for row in simulate(load_workload("mobilenet_v2"), load_machine("dense_tc")).layers.to_dict("records")
        if row["layer"] == "features.17.conv.1.0"
    ]
    assert row["compute_cycles"] == tiles * 49 * turns == 11_760
    assert row["dram_read_bytes"] == tiles * weights + ifmap == 55_680
    assert row["dram_write_bytes"] == tiles * outputs == 47_040
    first = 100 + (weights + ifmap) // 32 + -(-weights // 128)  # first load, first weights
    last = 6 + -(-outputs // 128) + outputs // 32  # pipeline, write-back, store
    assert row["cycles"] == first + 11_760 + last == 13_482
