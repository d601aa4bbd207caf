"""Each known gap of docs/DEVIATIONS.md, held open: a test here fails when its gap closes."""

from dataclasses import replace

import numpy as np
import pytest

from accel_sim import load_machine, simulate
from accel_sim.load import config_names
from workloads import KeepMask, Layer, MaskedLayer, Workload, gemm_workload
from workloads.activations import Uniform


def run(machine: str, *items: MaskedLayer):
    return simulate(Workload("w", items, "test"), load_machine(machine)).layers


@pytest.mark.parametrize("machine", config_names("machines"))
def test_zero_activations_are_neither_skipped_nor_gated(machine):
    full = gemm_workload(64, 64, 64).layers[0]
    sparse = replace(full, activations=Uniform(0.1))
    wanted = ["cycles", "issued_macs", "energy_pj"]
    assert run(machine, full)[wanted].equals(run(machine, sparse)[wanted])


def test_weights_meet_no_bank_conflict():
    # One output column: the port brings 1,280 bytes of weights while nothing but the banks could hold it up.
    dense = gemm_workload(64, 160, 1)
    one, many = (
        simulate(dense, load_machine("dense_tc", {"smem.banks.count": count})).layers.iloc[0]
        for count in (4, 64)
    )
    waits = "stall_fill_drain_cycles", "stall_smem_bandwidth_cycles"
    assert [one[wait] for wait in waits] == [many[wait] for wait in waits]


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
