"""Each known gap of docs/DEVIATIONS.md, held open: a test here fails when its gap closes."""

from dataclasses import replace

import numpy as np
import pytest

from accel_sim import counters, load_machine, simulate
from accel_sim.load import config_names
from workloads import KeepMask, Layer, MaskedLayer, Workload, gemm_workload


def run(machine: str, *items: MaskedLayer):
    return simulate(Workload("w", items, "test"), load_machine(machine)).layers


@pytest.mark.parametrize("machine", config_names("machines"))
def test_zero_activations_are_neither_skipped_nor_gated(machine):
    full = gemm_workload(64, 64, 64).layers[0]
    sparse = replace(full, activation_density=0.1)
    wanted = ["cycles", "issued_macs", "energy_pj"]
    assert run(machine, full)[wanted].equals(run(machine, sparse)[wanted])


def test_smem_has_no_banks_that_could_conflict():
    assert not [name for name in counters.NAMES if "bank" in name]


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


def test_what_arrives_from_dram_is_written_to_a_narrow_smem_without_delay():
    narrow = {"smem.bandwidth_bytes_per_cycle": 1, "dram.bandwidth_bytes_per_cycle": 10}
    # Nothing survives, so that the port has only the ifmap to take in and the outputs to pass on.
    empty = gemm_workload(1, 640, 64, weight_keep=np.zeros((1, 640), bool))
    row = simulate(empty, load_machine("crisp_stc", narrow)).layers.iloc[0]
    assert row["smem_write_bytes"] > row["cycles"]
    shipped = [load_machine(name) for name in config_names("machines")]
    assert all(m.smem.bandwidth_bytes_per_cycle >= m.dram.bandwidth_bytes_per_cycle for m in shipped)


def test_energy_per_byte_of_smem_does_not_follow_its_capacity():
    machine = load_machine("crisp_stc", {"smem.capacity_bytes": 1048576})
    assert machine.energy_per_action_pj == load_machine("crisp_stc").energy_per_action_pj
