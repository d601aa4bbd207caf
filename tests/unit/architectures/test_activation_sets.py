"""Rows of a core that want different activations are fed in turns (rules 1, 6a and 9), by hand."""

import numpy as np
import pytest

from accel_sim import load_machine, simulate
from accel_sim.architectures import structured_tensor_core
from accel_sim.architectures.contract import SmemLayout
from accel_sim.engine import Engine
from workloads import load_workload
from workloads.layer import Layer
from workloads.masks import KeepMask
from workloads.workload import MaskedLayer


def core(**fields) -> structured_tensor_core.Array:
    sizes = {"cores": 2, "rows": 4, "lanes": 4, "columns": 8, "pipeline_cycles": 1}
    return structured_tensor_core.Array.model_validate(sizes | fields)


def passes(masked: MaskedLayer, array: structured_tensor_core.Array, banks: int = 0):
    """Slots and work of each pass, and balanced slots, of a column."""
    stream = structured_tensor_core.schedule(masked, array, SmemLayout(1, banks)).stream(1)
    assert stream.total.slots == stream.slots[0].sum() * masked.layer.n_dim
    return (
        stream.slots[0].tolist(),
        stream.work[0].tolist(),
        stream.total.balanced_slots / masked.layer.n_dim,
    )


def unpruned(layer: Layer) -> MaskedLayer:
    return MaskedLayer(layer, KeepMask.ones(layer.m_dim, layer.k_dim))


def depthwise(channels: int) -> MaskedLayer:
    return unpruned(Layer("dw", "conv", channels, channels, 1, 4, 1, 1, groups=channels))


def gemm(rows) -> MaskedLayer:
    mask = KeepMask.from_dense(np.array(rows, bool))
    return MaskedLayer(Layer.gemm("g", mask.m_dim, mask.k_dim, 4), mask)


def test_every_channel_of_a_depthwise_layer_is_a_set_of_its_own():
    assert passes(depthwise(8), core()) == ([4], [4], 4)
    assert passes(depthwise(8), core(activation_sets=3)) == ([2], [2], 2)
    assert passes(depthwise(8), core(activation_sets=4)) == ([1], [1], 1)


def test_the_channels_of_a_last_tile_of_groups_are_spread_over_all_cores():
    # Four channels on two cores are two a core; five are three and two: cores wait for half a turn, rounded.
    assert passes(depthwise(4), core()) == ([2], [2], 2)
    assert passes(depthwise(5), core()) == ([3], [3], 3)
    assert passes(depthwise(9), core()) == ([4, 1], [4, 1], 4 + 1)


def test_without_convolution_groups_a_last_tile_keeps_its_rows_in_their_blocks():
    """Six rows spread over two cores would put three of each block row's four into one core: two turns."""
    ones, none = np.ones((4, 4)), np.zeros((4, 4))
    rows = np.vstack([np.hstack([ones, none]), np.hstack([none, ones])])[:6]
    assert passes(gemm(rows), core(skip_blocks=[4])) == ([1], [1], 1)


def test_rows_of_one_convolution_group_share_a_set():
    masked = unpruned(Layer("grouped", "conv", 4, 8, 1, 4, 1, 1, groups=4))  # two channels a group
    assert passes(masked, core()) == ([2], [2], 2)


def test_blocks_below_a_cores_rows_take_turns_unless_their_groups_are_the_same():
    ones, none = np.ones((2, 4)), np.zeros((2, 4))
    left, right = np.hstack([ones, none]), np.hstack([none, ones])
    array = core(skip_blocks=[2, 4], cores=1)
    assert passes(gemm(np.vstack([left, right])), array) == ([2], [2], 2)
    # Block rows that keep the same block want the same activations: one set, one turn.
    assert passes(gemm(np.vstack([left, left, right, right])), core(skip_blocks=[2])) == ([1], [1], 1)


def test_uneven_cores_wait_in_every_turn():
    ones, none = np.ones((2, 4)), np.zeros((2, 4))
    left, right = np.hstack([ones, none]), np.hstack([none, ones])
    # Core 0 wants one set, core 1 two: two turns, of which three of four are work.
    masked = gemm(np.vstack([left, left, left, right]))
    assert passes(masked, core(skip_blocks=[2])) == ([2], [2], 2)
    assert passes(masked, core(skip_blocks=[2], rows=2, cores=4)) == ([1], [1], 1)


def test_turns_hide_bank_conflicts_and_the_other_way_round():
    # Eight channels of one word in rows of one byte: with two banks four rows a bank.
    assert passes(depthwise(8), core(activation_sets=4), banks=2) == ([1], [4], 1)
    assert passes(depthwise(8), core(activation_sets=2), banks=2) == ([2], [4], 2)
    assert passes(depthwise(8), core(), banks=4) == ([4], [4], 4)


def test_mobilenet_v2_pays_for_one_bus_a_core():
    # 46,746 columns x passes: what the depthwise layers would take if every row had a bus of its own.
    machine = load_machine("dense_tc", {"smem.banks": None, "smem.bandwidth_bytes_per_cycle": 2**20})
    free = load_machine(
        "dense_tc",
        {"smem.banks": None, "smem.bandwidth_bytes_per_cycle": 2**20, "array.activation_sets": 16},
    )
    layers = [masked for masked in load_workload("mobilenet_v2").layers if masked.layer.depthwise]
    cycles = [
        sum(Engine.of(one).layer(masked).array_cycles(128) for masked in layers) for one in (free, machine)
    ]
    assert cycles == [46_746, 575_456]


@pytest.mark.parametrize("name", ["dense_tc", "crisp_stc", "nvidia_stc"])
def test_shipped_cores_have_one_bus(name):
    assert load_machine(name).array["activation_sets"] == 1


def test_more_buses_never_cost_cycles():
    workload = load_workload("mobilenet_v2", pattern="crisp(2:4, block=16, density=0.2)")
    one, two, all_rows = (
        simulate(workload, load_machine("crisp_stc", {"array.activation_sets": sets})).cycles
        for sets in (1, 2, 16)
    )
    assert all_rows < two < one
