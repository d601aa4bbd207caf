"""What a better part may do: more bandwidth, less latency, more banks or buffers, a simpler DRAM."""

from math import ceil

import numpy as np
import pytest
from hypothesis import given
from law_cases import (
    BANKED,
    MEMORIES,
    PORT,
    SIMPLE,
    count,
    engine_of,
    machine_with,
    masked_layers,
    memories,
    run,
)
from tile_fields import changed

from accel_sim import load_machine
from accel_sim.machine.dram_models.simple import Dram as SimpleDram
from workloads import gemm_workload

FASTER = {
    "smem.bandwidth_bytes_per_cycle": (1, 2, 3, 7, 16, 31, 32, 33, 64, 100, 128, 129, 1000),
    "dram.bandwidth_bytes_per_cycle": (1, 2, 3, 5, 8, 16, 31, 32, 33, 64, 400),
    "dram.latency_cycles": (1000, 100, 99, 17, 1, 0),
    "array.pipeline_cycles": (40, 6, 1, 0),
    "rf.buffers": (1, 2),
    "smem.banks.count": (1, 2, 4, 8, 16, 32, 64),  # each a multiple of the one before: rows only spread out
}


@pytest.mark.parametrize("machine", SIMPLE)
@pytest.mark.parametrize("field", FASTER)
@given(masked=masked_layers(), changes=memories())
def test_with_the_mapping_held_a_better_part_never_costs_cycles(field, machine, masked, changes):
    if field == "smem.banks.count":
        changes = (*changes, ("smem.banks.layout", "plain"))
    machines = [machine_with(machine, (*changes, (field, value))) for value in FASTER[field]]
    mapping = run(masked, machines[0]).mapping
    cycles = [count(engine_of(masked, machine), mapping)["cycles"] for machine in machines]
    assert cycles == sorted(cycles, reverse=True)


def test_more_banks_may_cost_where_rows_are_hashed():
    """Why the law above lays them out plainly: of two rows that shared no bank of four, eight may share one.

    Rows 1 and 8 lie in banks 1 and 0 xor 2 = 2 of four, and both in bank 1 of eight: 8 is 0 xor 1.
    """
    keep = np.zeros((1, 16), bool)
    keep[0, [1, 8]] = True
    masked = gemm_workload(1, 16, 8, weight_keep=keep).layers[0]
    fields = {"array.pe_rows": 1, "array.lanes": 2, "array.rows_per_pe": 1, "smem.banks.row_bytes": 1}
    fields |= {"smem.bandwidth_bytes_per_cycle": 2, "smem.banks.layout": "hashed"}
    four, eight = (
        run(masked, changed("csr_gather", {**fields, "smem.banks.count": count})).counts for count in (4, 8)
    )
    assert (four["stall_bank_conflict_cycles"], eight["stall_bank_conflict_cycles"]) == (0, 8)
    assert four["cycles"] < eight["cycles"]


@pytest.mark.parametrize("machine", BANKED)
@given(masked=masked_layers())
def test_a_banked_dram_is_never_faster_than_a_simple_one_at_its_peak(machine, masked):
    """The law above is one of simple DRAM: first-ready scheduling has anomalies, see test_dram_stream.py."""
    banked = machine_with(machine)
    transfer = banked.transfer
    peak = SimpleDram(
        bandwidth_bytes_per_cycle=ceil(transfer.bytes_per_cycle),
        latency_cycles=0,
        burst_bytes=transfer.burst_bytes,
    )
    mapping = run(masked, banked).mapping
    simple = banked.model_copy(update={"dram": peak})
    cycles = [count(engine_of(masked, m), mapping)["cycles"] for m in (simple, banked)]
    assert cycles[0] <= cycles[1]


def test_the_lists_above_name_fields_that_machines_have():
    for field in (*FASTER, *MEMORIES):
        value = 7 if field == PORT else MEMORIES.get(field, (1,))[-1]  # no wider than the banks
        assert machine_with("crisp_stc", ((field, value),)) == load_machine("crisp_stc", {field: value})
