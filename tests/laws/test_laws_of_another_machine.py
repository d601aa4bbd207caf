"""What another machine makes of the same layer."""

import pytest
from hypothesis import given
from law_cases import LAYERS, STRUCTURED, machine_with, mask_layer, masked_layers, memories, run
from tile_fields import shipped

from accel_sim import load_machine, simulate
from workloads import KeepMask, Layer, MaskedLayer, load_workload

SHAPE = ("cores", "rows", "lanes", "columns", "pipeline_cycles")


@pytest.mark.parametrize("layer", [x for x in LAYERS if x.k_dim > 3], ids=lambda layer: layer.name)
def test_a_dense_layer_costs_the_same_on_every_structured_machine(layer):
    shape = tuple((f"array.{field}", shipped("dense_tc").array[field]) for field in SHAPE)
    alike = (*shape, ("smem.capacity_bytes", shipped("dense_tc").smem.capacity_bytes))
    costs = [run(mask_layer(layer, "dense"), machine_with(name, alike)).counts for name in STRUCTURED]
    assert len(costs) >= 3
    assert all(cost == costs[0] for cost in costs)
    assert costs[0]["metadata_bytes"] == 0


def test_a_dense_layer_costs_another_shape_something_else():
    """Why the law above is one of machines of one shape: 32 channels fill block_tc and half of dense_tc."""
    masked = mask_layer(Layer.gemm("narrow", 32, 256, 1024), "dense")
    dense, block = (
        run(masked, machine_with(name)).counts["compute_cycles"] for name in ("dense_tc", "block_tc")
    )
    assert (dense, block) == (1024 * 256 // 16, 1024 * 256 // 32)


def test_a_dense_layer_of_three_weights_a_row_is_three_of_four_and_pays_metadata():
    """Why the law above is one of layers with k_dim > 3: rule 2 looks at the mask alone."""
    masked = mask_layer(Layer("narrow", "conv", 3, 64, 8, 8), "dense")
    dense, crisp = (run(masked, machine_with(name)) for name in ("dense_tc", "crisp_stc"))
    assert crisp.schedule.mode == "3:4"
    assert crisp.counts["compute_cycles"] == dense.counts["compute_cycles"]
    assert (dense.counts["metadata_bytes"], crisp.counts["metadata_bytes"]) == (0, 64 * 3 * 2 // 8)


@given(masked=masked_layers(), changes=memories())
def test_a_dense_tensor_core_does_not_see_the_mask(masked, changes):
    machine = machine_with("dense_tc", changes)
    full = MaskedLayer(masked.layer, KeepMask.ones(masked.mask.m_dim, masked.mask.k_dim))
    pruned, dense = run(masked, machine).counts, run(full, machine).counts
    assert {**pruned, "macs": dense["macs"]} == dense


@pytest.mark.parametrize("network", ["resnet20_w32_28", "resnet18"])
def test_crisp_beats_two_of_four_and_that_beats_dense_at_the_same_clock(network):
    runs = [
        ("crisp(2:4, block=16, density=0.1)", "crisp_stc"),
        ("nm(2:4)", "nvidia_stc"),
        ("dense", "dense_tc"),
    ]
    results = [simulate(load_workload(network, pattern), load_machine(name)) for pattern, name in runs]
    cycles = [result.cycles for result in results]
    assert len({result.clock_hz for result in results}) == 1
    assert cycles[0] < cycles[1] < cycles[2]
