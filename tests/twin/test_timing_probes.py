"""Each timing rule of docs/machine at the last illegal and the first legal cycle, on both engines.

A machine of one row and two lanes, a GEMM of a few columns; every name says the rule and what it does.
"""

from itertools import pairwise

import numpy as np
import pytest

from accel_sim import counters as c
from accel_sim import load_machine
from accel_sim.dram import load_device
from accel_sim.machine import Machine
from accel_sim.verify.twins import run_twins
from workloads import gemm_workload
from workloads.inputs import InputError

BASE = {
    "array.cores": 1,
    "array.rows": 1,
    "array.lanes": 2,
    "array.columns": 8,
    "array.pipeline_cycles": 3,
    "smem.capacity_bytes": 4096,
    "smem.bandwidth_bytes_per_cycle": 64,
    "dram.bandwidth_bytes_per_cycle": 64,
    "dram.latency_cycles": 0,
    "dram.burst_bytes": 1,
}


def machine(**changes) -> Machine:
    """The base machine with fields changed: smem__banks__count stands for smem.banks.count."""
    named = {name.replace("__", "."): value for name, value in changes.items()}
    return load_machine("dense_tc", {**BASE, **named})


def play(layer: tuple[int, int, int], mapping: str, keep=None, **changes):
    """Spans and counters of a GEMM m x k x n; both engines agree on them or the test ends here."""
    masked = gemm_workload(*layer, weight_keep=keep, name="g").layers[0]
    twins = run_twins(masked, machine(mapping={"g": mapping}, **changes))
    assert twins.differences() == {}
    return twins.fast_spans, dict(zip(c.NAMES, twins.fast.tolist(), strict=True))


def begin(spans, what: str, index: int) -> int:
    return spans[what, index][0]


def end(spans, what: str, index: int) -> int:
    return spans[what, index][1]


TILES = "ifmap_stays(tile_n=8)"


@pytest.mark.parametrize(("latency", "arrival"), [(0, 1), (1, 2), (7, 8)])
def test_rule_20_a_load_arrives_latency_after_its_last_byte(latency, arrival):
    spans, _ = play((1, 4, 8), TILES, dram__latency_cycles=latency)
    assert spans["load", 0] == (0, arrival)


@pytest.mark.parametrize(("rate", "cycles"), [(36, 1), (35, 2), (18, 2), (17, 3)])
def test_rule_20_a_load_keeps_the_path_for_whole_cycles(rate, cycles):
    spans, _ = play((1, 4, 8), TILES, dram__bandwidth_bytes_per_cycle=rate)  # 4 + 32 bytes
    assert spans["load", 0] == (0, cycles)


@pytest.mark.parametrize(("port", "cycles"), [(36, 1), (35, 2)])
def test_rule_20_a_load_is_no_faster_than_the_port_of_smem(port, cycles):
    spans, _ = play((1, 4, 8), TILES, smem__bandwidth_bytes_per_cycle=port)
    assert spans["load", 0] == (0, cycles)


@pytest.mark.parametrize("k_dim", [4, 6, 8])
def test_rule_20_the_load_of_a_step_waits_for_the_end_of_the_step_before_last(k_dim):
    spans, _ = play((1, k_dim, 40), TILES)
    assert [begin(spans, "load", s) for s in (2, 3)] == [end(spans, "step", s) for s in (0, 1)]


def test_rule_20_loads_and_stores_take_the_path_in_their_order():
    spans, _ = play((1, 2, 48), TILES, dram__bandwidth_bytes_per_cycle=1)
    order = [("load", 0), ("load", 1), ("load", 2), ("store", 0), ("load", 3), ("store", 1), ("load", 4)]
    taken = [spans[one] for one in order]
    assert all(later >= earlier for (_, earlier), (later, _) in pairwise(taken))
    assert begin(spans, "load", 3) == end(spans, "store", 0)  # bound by the path, not by a step
    assert end(spans, "step", 1) < begin(spans, "load", 3)


@pytest.mark.parametrize("pipeline", [0, 1, 9])
def test_rule_26_a_write_back_begins_a_pipeline_after_the_last_column(pipeline):
    spans, _ = play((1, 4, 8), TILES, array__pipeline_cycles=pipeline)
    assert begin(spans, "write-back", 0) == end(spans, "step", 0) + pipeline


@pytest.mark.parametrize(("port", "cycles"), [(9, 1), (8, 1), (7, 2), (4, 2), (3, 3)])
def test_rule_28_a_write_back_takes_whole_cycles_of_the_port(port, cycles):
    spans, _ = play((1, 4, 8), TILES, smem__bandwidth_bytes_per_cycle=port)
    first, last = spans["write-back", 0]
    assert last - first == cycles


def test_rule_26_write_backs_follow_one_another():
    spans, _ = play((1, 2, 32), TILES, smem__bandwidth_bytes_per_cycle=4, word_bytes=2, rf__buffers=2)
    pairs = [(end(spans, "write-back", u), begin(spans, "write-back", u + 1)) for u in range(3)]
    assert all(earlier <= later for earlier, later in pairs)


def test_rule_21_a_store_begins_when_its_tile_is_in_smem():
    spans, _ = play((1, 4, 8), TILES)
    assert begin(spans, "store", 0) == end(spans, "write-back", 0)


@pytest.mark.parametrize(("rate", "waits"), [(2, True), (3, False)])
def test_rule_27_a_write_back_waits_for_the_store_of_the_tile_before_last(rate, waits):
    spans, _ = play((4, 1, 48), TILES, dram__bandwidth_bytes_per_cycle=rate, array__rows=4, array__lanes=1)
    ready, stored = end(spans, "step", 2) + 3, end(spans, "store", 0)
    assert (stored > ready) == waits
    assert begin(spans, "write-back", 2) == max(ready, stored)


@pytest.mark.parametrize(("buffers", "free"), [(1, 0), (2, 0)])
def test_rule_25_an_output_tile_waits_for_free_accumulators(buffers, free):
    # A write-back of 8 x 64 bytes takes 64 cycles of a port of 8 bytes, a step 8 cycles of columns.
    spans, counts = play(
        (1, 2, 48), TILES, rf__buffers=buffers, word_bytes=64, smem__bandwidth_bytes_per_cycle=128,
        dram__bandwidth_bytes_per_cycle=10**6, array__pipeline_cycles=200,
    )  # fmt: skip
    assert begin(spans, "step", buffers) == end(spans, "write-back", free)
    assert counts["stall_writeback_cycles"] > 0


@pytest.mark.parametrize(("port", "start"), [(2, 1), (1, 2)])
def test_rule_24_first_weights_take_the_whole_port_from_the_arrival(port, start):
    spans, _ = play((1, 2, 8), TILES, smem__bandwidth_bytes_per_cycle=port)  # two weights of a byte
    assert begin(spans, "step", 0) - end(spans, "load", 0) == start


@pytest.mark.parametrize(("port", "stretched"), [(2, True), (3, False), (4, False)])
def test_rule_8_weights_of_the_next_pass_take_what_the_columns_leave(port, stretched):
    # Two passes of two activations a column: a port of 2 leaves nothing, so the next weights wait.
    spans, counts = play((1, 4, 8), TILES, smem__bandwidth_bytes_per_cycle=port)
    first, last = spans["step", 0]
    assert last - first == 16 + stretched
    assert counts["stall_smem_bandwidth_cycles"] == stretched


@pytest.mark.parametrize(("port", "cycles"), [(2, 8), (1, 16)])
def test_rule_8_a_column_takes_a_cycle_if_the_port_brings_its_activations(port, cycles):
    spans, counts = play((1, 2, 8), TILES, smem__bandwidth_bytes_per_cycle=port)
    first, last = spans["step", 0]
    assert last - first == cycles
    assert counts["stall_smem_bandwidth_cycles"] == cycles - 8


@pytest.mark.parametrize(("banks", "row", "cycles"), [(1, 4, 24), (2, 4, 16), (1, 6, 16), (2, 2, 16)])
def test_rule_7a_a_column_takes_a_cycle_for_each_row_that_it_asks_of_one_bank(banks, row, cycles):
    """Positions 0 to 2 lie in one row of each of these, positions 3 to 5 in two, unless it has six bytes."""
    memory = {
        "smem__banks": {"count": banks, "row_bytes": row},
        "smem__bandwidth_bytes_per_cycle": banks * row,
    }
    spans, counts = play((1, 6, 8), TILES, smem__capacity_bytes=6144, array__lanes=3, **memory)
    first, last = spans["step", 0]
    assert last - first == cycles
    assert (counts["stall_bank_conflict_cycles"], counts["stall_smem_bandwidth_cycles"]) == (cycles - 16, 0)


@pytest.mark.parametrize(("offset", "conflict"), [(3, False), (4, True), (5, False), (8, True)])
def test_rule_7a_distinct_blocks_conflict_where_they_lie_in_one_bank(offset, conflict):
    keep = np.zeros((1, 16), np.bool_)
    keep[0, [0, offset]] = True
    masked = gemm_workload(1, 16, 8, weight_keep=keep, name="g").layers[0]
    gather = {"pe_rows": 1, "lanes": 2, "columns": 8, "pipeline_cycles": 3}
    memory = {name: value for name, value in BASE.items() if not name.startswith("array")}
    banks = {"smem.banks": {"count": 4, "row_bytes": 1}, "smem.bandwidth_bytes_per_cycle": 4}
    overrides = {**memory, "array": gather, **banks}
    twins = run_twins(masked, load_machine("unstructured_gather", overrides))
    assert twins.differences() == {}
    assert twins.fast[c.at.stall_bank_conflict_cycles] == 8 * conflict


@pytest.mark.parametrize(
    ("capacity", "fits"), [(2 * 32 + 2 * 4 + 2 * 8, True), (2 * 32 + 2 * 4 + 2 * 8 - 1, False)]
)
def test_rule_16_two_tiles_of_each_operand_fit_to_the_byte(capacity, fits):
    changes = {"smem__capacity_bytes": capacity, "smem__banks": None}
    layer, mapping = (2, 4, 16), "weights_stay(tile_m=1, tile_n=8)"
    if fits:
        play(layer, mapping, **changes)
        return
    with pytest.raises(InputError, match=f"expected tiles that fit smem.capacity_bytes={capacity}"):
        play(layer, mapping, **changes)


def test_rule_17_a_successor_comes_in_even_slices_of_whole_bursts():
    # Three output tiles an ifmap tile of 24 columns: its successor's 48 bytes come in three slices.
    spans, _ = play(
        (1, 2, 48), "ifmap_stays(tile_n=24)", dram__bandwidth_bytes_per_cycle=1, dram__burst_bytes=5,
    )  # fmt: skip
    # 10 bursts of 5 bytes: 3, 3 and 4 of them with the steps 1, 2 and 3.
    taken = [end(spans, "load", s) - begin(spans, "load", s) for s in (1, 2, 3)]
    assert taken == [15, 15, 20]


def test_rule_29a_hidden_ends_take_no_time_and_change_no_count():
    counted_spans, counted = play((1, 4, 32), TILES)
    spans, hidden = play((1, 4, 32), TILES, fill_drain="hidden")
    assert spans["step", 0] == (0, 16)
    assert ("load", 0) not in spans
    assert ("load", 0) in counted_spans
    assert hidden["cycles"] == end(spans, "step", 3)
    timing = {"cycles", *c.STALLS}
    assert {n: v for n, v in hidden.items() if n not in timing} == {
        n: v for n, v in counted.items() if n not in timing
    }


@pytest.mark.parametrize(("latency", "waits"), [(40, True), (4, False)])
def test_rules_22_and_23_a_step_starts_at_the_end_of_the_one_before_or_when_its_load_is_there(latency, waits):
    spans, _ = play((1, 4, 32), TILES, dram__latency_cycles=latency)
    ended, arrived = end(spans, "step", 1), end(spans, "load", 2)
    assert (arrived >= ended) == waits
    # First weights come with a pass that runs, or in a cycle of their own after the arrival.
    assert begin(spans, "step", 2) == (arrived + 1 if waits else ended)


def banked(changes: dict) -> Machine:
    """The base machine on LPDDR4, whose clock of 830 ps is 83 / 100 of its own."""
    core = {name: value for name, value in BASE.items() if not name.startswith("dram")}
    return load_machine(
        "crisp_stc_lpddr4", {**core, "array.weight_sparsity": [], "array.skip_blocks": [], **changes}
    )


@pytest.mark.parametrize(("columns", "more"), [(8, 0), (32, 0), (33, 1)])
def test_rule_20a_the_first_load_arrives_in_the_cycle_after_its_last_beat(columns, more):
    masked = gemm_workload(1, 4, columns, name="g").layers[0]
    twins = run_twins(masked, banked({"array.columns": 64}))
    assert twins.differences() == {}
    device = load_device("lpddr4_2400")
    t, beats = device.timing, device.burst_clocks
    # A burst of weights, then the ifmap: a quarter of the DRAM away, another row of the same bank (rule 20b).
    precharge = max(1 + t.tras, 1 + t.trcd + t.trtp)
    last = precharge + t.trp + t.trcd + more * max(beats, t.tccd_l) + t.cl + beats
    assert twins.fast_spans["load", 0] == (0, -(-last * 83 // 100))
    assert twins.fast[c.at.dram_activates] == 3  # and one for the outputs


@pytest.mark.parametrize("k_dim", [4, 6, 8, 10, 12])
def test_rule_20a_a_load_begins_in_the_cycle_of_the_first_clock_that_it_may(k_dim):
    masked = gemm_workload(1, k_dim, 40, name="g").layers[0]
    machine = banked({"mapping": {"g": TILES}})
    twins = run_twins(masked, machine)
    assert twins.differences() == {}
    spans = twins.fast_spans
    for s in (2, 3, 4):
        may = end(spans, "step", s - 2)
        clock = -(-may * 100 // 83)  # the first with clock x 0.83 >= may
        assert begin(spans, "load", s) >= clock * 83 // 100
        assert (clock - 1) * 83 < may * 100 <= clock * 83
    assert any(
        begin(spans, "load", s) == -(-end(spans, "step", s - 2) * 100 // 83) * 83 // 100 for s in (2, 3, 4)
    )
