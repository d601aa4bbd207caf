"""Each known gap of docs/DEVIATIONS.md, held open: a test here fails when its gap closes."""

from dataclasses import replace

import numpy as np
import pytest

from accel_sim import load_machine, simulate
from accel_sim.machine.shipped import config_names
from workloads import KeepMask, Layer, MaskedLayer, Workload, gemm_workload
from workloads.activations import Uniform

# The others take no activation for zero (rule 8b).
USE_ZEROS = [
    "dstc",
    "dstc_paper",
    "eyeriss_v2_pe",
    "sparseloop_dstc",
    "sparseloop_stc_dual_compress",
    "unstructured_gather",
]
WORTH = ["cycles", "issued_macs", "energy_pj"]


def run(machine: str, *items: MaskedLayer):
    return simulate(Workload("w", items, "test"), load_machine(machine)).layers


def dense_and_sparse_activations() -> tuple[MaskedLayer, MaskedLayer]:
    full = gemm_workload(64, 64, 64).layers[0]
    return full, replace(full, activations=Uniform(0.1))


@pytest.mark.parametrize("machine", [name for name in config_names("machines") if name not in USE_ZEROS])
def test_zero_activations_are_worth_nothing_on_the_other_machines(machine):
    full, sparse = dense_and_sparse_activations()
    assert run(machine, full)[WORTH].equals(run(machine, sparse)[WORTH])


@pytest.mark.parametrize("machine", USE_ZEROS)
def test_zero_activations_are_worth_something_on_these(machine):
    full, sparse = dense_and_sparse_activations()
    assert (run(machine, sparse)["energy_pj"] < run(machine, full)["energy_pj"]).all()


@pytest.mark.parametrize("machine", USE_ZEROS)
def test_outputs_are_written_as_they_are(machine):
    _, sparse = dense_and_sparse_activations()
    word_bytes = load_machine(machine).word_bytes
    assert run(machine, sparse)["dram_write_bytes"].item() == 64 * 64 * word_bytes


def test_hidden_ends_may_lie_below_what_dram_needs():
    layer = Layer("c", "conv", 32, 32, 28, 28, 3, 3, padding_h=1, padding_w=1)
    keep = np.zeros((32, 288), bool)
    keep[:16, :16] = True
    machine = load_machine("crisp_stc", {"fill_drain": "hidden"})
    masked = MaskedLayer(layer, KeepMask.from_dense(keep))
    row = simulate(Workload("w", (masked,), "test"), machine).layers.iloc[0]
    assert row["cycles"] < row["dram_busy_cycles"]


def test_a_wide_array_waits_for_a_wide_first_tile():
    layer = Layer("c", "conv", 512, 512, 7, 7, 3, 3, padding_h=1, padding_w=1, batch=64)
    row = run("tpu_v1_like", MaskedLayer(layer, KeepMask.ones(512, 4608))).iloc[0]
    assert row["stall_fill_drain_cycles"] / row["cycles"] == pytest.approx(0.20, abs=0.01)


def test_a_little_more_smem_costs_where_whole_tiles_begin_to_fit():
    small, large = (
        load_machine("dense_tc", {"array.columns": 64, "smem.banks": None, "smem.capacity_bytes": size})
        for size in (8_192, 12_288)
    )
    layer = gemm_workload(64, 4, 64)
    narrow, whole = simulate(layer, small), simulate(layer, large)
    assert (narrow.cycles, whole.cycles) == (296, 348)


def test_channels_of_a_group_are_held_in_a_number_that_divides_them():
    """Two groups of 7 channels on 4 columns: 7 tiles each, where 2 would hold them."""
    layer = Layer("c", "conv", 8, 14, 5, 5, groups=2)
    machine = load_machine("scalesim", {"array.rows": 4, "array.cols": 4})
    masked = MaskedLayer(layer, KeepMask.ones(14, 4))
    cycles = simulate(Workload("w", (masked,), "test"), machine).layers["compute_cycles"].item()
    assert cycles == 2 * 7 * 25


def test_weights_meet_no_bank_conflict():
    # One output column: the port brings 1,280 bytes of weights while nothing but the banks could hold it up.
    dense = gemm_workload(64, 160, 1)
    one, many = (
        simulate(
            dense, load_machine("dense_tc", {"smem.banks": {"count": count, "row_bytes": 32}})
        ).layers.iloc[0]
        for count in (4, 64)
    )
    waits = "stall_fill_drain_cycles", "stall_smem_bandwidth_cycles"
    assert [one[wait] for wait in waits] == [many[wait] for wait in waits]


@pytest.mark.parametrize(
    ("machine", "meets"), [("csr_gather", True), ("unstructured_gather", False), ("dstc", False)]
)
def test_compressed_activations_meet_no_bank_conflict(machine, meets):
    in_one_bank = gemm_workload(64, 1024, 64, np.tile(np.arange(1024) % 128 < 4, (64, 1)))
    one, many = (
        simulate(in_one_bank, load_machine(machine, {"smem.banks": banks})).layers.iloc[0]
        for banks in ({"count": count, "row_bytes": 4, "layout": "plain"} for count in (32, 64))
    )
    assert (one["stall_bank_conflict_cycles"] > many["stall_bank_conflict_cycles"]) == meets
    assert (one["cycles"] > many["cycles"]) == meets


def test_layers_do_not_overlap():
    one = gemm_workload(64, 64, 64, name="a").layers[0]
    other = gemm_workload(64, 64, 64, name="b").layers[0]
    together = run("crisp_stc", one, other)["cycles"]
    assert together.sum() == 2 * run("crisp_stc", one)["cycles"].sum()


def test_an_m_tile_without_survivors_still_loads_its_ifmap():
    empty = gemm_workload(64, 64, 64, weight_keep=np.zeros((64, 64), bool)).layers[0]
    assert run("crisp_stc", empty)["dram_read_bytes"].item() == 64 * 64


def test_padding_zeros_are_counted_as_smem_reads():
    layer = Layer("c", "conv", 16, 64, 8, 8, 3, 3, padding_h=1, padding_w=1)
    row = run("dense_tc", MaskedLayer(layer, KeepMask.ones(64, 144))).iloc[0]
    outputs, weights = 64 * 64, 64 * 144
    assert row["smem_read_bytes"] - outputs - weights == 64 * 144  # every tap of every pixel


def test_energy_per_byte_of_smem_does_not_follow_its_capacity():
    machine = load_machine("crisp_stc", {"smem.capacity_bytes": 1048576})
    assert machine.energy_per_action_pj == load_machine("crisp_stc").energy_per_action_pj
