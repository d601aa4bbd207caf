"""What arrays hold beside their multipliers: by hand, and as much as their passes bring (rules 38 to 42)."""

import pytest
from tile_fields import shipped

from accel_sim import load_machine
from accel_sim.architectures import find_architecture
from accel_sim.architectures.shared.on_chip import on_chip
from accel_sim.architectures.shared.smem_layout import smem_layout
from accel_sim.machine.shipped import config_names
from workloads import Layer, gemm_workload
from workloads.masks import KeepMask
from workloads.workload import MaskedLayer

TENSOR_CORE = {"cores": 3, "rows": 5, "lanes": 4, "columns": 7, "pipeline_cycles": 0}
GATHER = {"pe_rows": 2, "lanes": 3, "columns": 7, "rows_per_pe": 2, "pipeline_cycles": 0}
PAIRS = {**GATHER, "lanes": 1, "pe_columns": 3, "activations": "skip", "depth": 5}
GRID = {"rows": 4, "cols": 3, "pipeline_cycles": 0}
OUTER = {"core_rows": 1, "core_columns": 2, "rows": 2, "cols": 2, "tile_rows": 3, "tile_columns": 4}
OUTER |= {"depth": 5, "merges_per_cycle": 9, "pipeline_cycles": 0}
TWO_OF_FOUR, OF_A_FILE = {"n_keep": 2, "m_group": 4}, {"n_keep": 2, "m_group": 4, "offset_bits": 5}


@pytest.mark.parametrize(
    ("architecture", "array", "multipliers", "accumulators", "operand_bits"),
    [
        # 60 lanes of a weight of 8 bits, twice
        ("structured_tensor_core", TENSOR_CORE, 60, 105, 960),
        # 2 bits of offset beside each, or what the widest mode says
        ("structured_tensor_core", {**TENSOR_CORE, "weight_sparsity": [TWO_OF_FOUR]}, 60, 105, 1200),
        (
            "structured_tensor_core",
            {**TENSOR_CORE, "weight_sparsity": [TWO_OF_FOUR, OF_A_FILE]},
            60,
            105,
            1560,
        ),
        # 6 lanes with a weight of 8 bits and an index of 16, twice; 2 PEs x 2 channels x 7 columns of sums
        ("gather", GATHER, 6, 28, 288),
        # 6 PEs, 2 channels each, twice: 5 weights of 8 + 3 bits and a count of 3, and of three columns
        # 5 activations of 8 + 1 bits: 24 x (58 + 135)
        ("gather", PAIRS, 6, 28, 4632),
        ("gather", {**PAIRS, "depth": 8}, 6, 28, 24 * (8 * 11 + 4 + 3 * 72)),
        ("gather", {**PAIRS, "columns": 6}, 6, 24, 24 * (58 + 90)),
        # what stands still, twice: weights or inputs of 8 bits; 3 columns of sums, as deep as told
        ("systolic", {**GRID, "dataflow": "weight_stationary", "accumulator_depth": 9}, 12, 27, 192),
        ("systolic", {**GRID, "dataflow": "input_stationary", "accumulator_depth": 9}, 12, 27, 192),
        # sums alone, one a multiplier
        ("systolic", {**GRID, "dataflow": "output_stationary"}, 12, 12, 0),
        # two cores: 5 lines of 3 weights and of 4 activations, 8 bits and one of the bitmap, twice
        ("outer_product", OUTER, 8, 24, 1260),
    ],
)
def test_storage_by_hand(architecture, array, multipliers, accumulators, operand_bits):
    """Rules 39, 40, 41 and 42."""
    made = find_architecture(architecture).Array.model_validate(array)
    assert (made.multipliers, made.accumulators) == (multipliers, accumulators)
    assert made.operand_bits(8) == operand_bits


def test_sums_are_counted_in_every_set_and_operands_in_whole_bytes():
    two = on_chip(load_machine("dense_tc", {"array": OUTER, "architecture": "outer_product"}))
    assert (two.operand_bytes, two.accumulator_bytes) == (158, 24 * 4 * 2)  # 1,260 bits
    assert two.local_bytes == 158 + 192
    assert two.total_bytes == 262_144 + 158 + 192
    one = on_chip(load_machine("dense_tc", {"rf.buffers": 1, "rf.accumulator_bytes": 3}))
    assert one.accumulator_bytes == 4 * 16 * 128 * 3


def test_wider_words_take_more_beside_the_multipliers_and_their_metadata_does_not():
    array = find_architecture("gather").Array.model_validate(PAIRS)
    assert array.operand_bits(16) - array.operand_bits(8) == 24 * 8 * (5 + 3 * 5)


@pytest.mark.parametrize("name", config_names("machines"))
@pytest.mark.parametrize(
    "layer",
    [
        Layer("3x3", "conv", 64, 128, 9, 9, 3, 3, padding_h=1, padding_w=1),
        Layer("depthwise", "conv", 96, 96, 8, 8, 3, 3, padding_h=1, padding_w=1, groups=96),
        Layer.gemm("ragged", 67, 531, 259),
    ],
    ids=lambda layer: layer.name,
)
def test_what_a_pass_of_a_dense_layer_brings_fits_one_set(name, layer):
    machine = shipped(name)
    architecture = find_architecture(machine.architecture)
    array = architecture.Array.model_validate(machine.array)
    masked = MaskedLayer(layer, KeepMask.ones(layer.m_dim, layer.k_dim))
    schedule = architecture.schedule(masked, array, smem_layout(machine))
    stream = schedule.stream(schedule.columns)
    word_bits = 8 * machine.word_bytes
    # Values alone: metadata holds pointers and block lists too, which pass by.
    held = stream.preload_bits - (schedule.metadata_bits if stream.preload_bits.any() else 0)
    if schedule.compressed_ifmap and machine.architecture != "structured_tensor_core":
        held = held + stream.bits
    assert held.max() <= array.operand_bits(word_bits) // 2


def test_the_widest_pass_fills_a_set_of_weights():
    for name in ("dense_tc", "csr_gather", "edge_systolic"):
        machine = shipped(name)
        architecture = find_architecture(machine.architecture)
        array = architecture.Array.model_validate(machine.array)
        schedule = architecture.schedule(gemm_workload(256, 1024, 256).layers[0], array)
        assert schedule.weights.max() == array.multipliers
