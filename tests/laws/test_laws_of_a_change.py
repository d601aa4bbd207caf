"""What a change may do: more bandwidth, less latency, fewer weights, another machine."""

from dataclasses import replace
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from law_cases import (
    BANKED,
    COUNTED,
    LAYERS,
    MACHINES,
    MEMORIES,
    PATTERNS,
    PORT,
    SIMPLE,
    STRUCTURED,
    count,
    engine_of,
    machine_with,
    masked,
    masked_layers,
    memories,
    run,
    uses_zeros,
)
from tile_fields import changed, shipped

from accel_sim import load_machine, simulate
from accel_sim.machine import Machine
from accel_sim.machine.dram_models.simple import Dram as SimpleDram
from workloads import KeepMask, Layer, MaskedLayer, gemm_workload, load_workload
from workloads.activations import Given

each_machine = pytest.mark.parametrize("machine", MACHINES)
SHAPE = ("cores", "rows", "lanes", "columns", "pipeline_cycles")
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
@given(item=masked_layers(), changes=memories())
def test_with_the_mapping_held_a_better_part_never_costs_cycles(field, machine, item, changes):
    if field == "smem.banks.count":
        changes = (*changes, ("smem.banks.layout", "plain"))
    machines = [machine_with(machine, (*changes, (field, value))) for value in FASTER[field]]
    mapping = run(item, machines[0]).mapping
    cycles = [count(engine_of(item, machine), mapping)["cycles"] for machine in machines]
    assert cycles == sorted(cycles, reverse=True)


def test_more_banks_may_cost_where_rows_are_hashed():
    """Why the law above lays them out plainly: of two rows that shared no bank of four, eight may share one.

    Rows 1 and 8 lie in banks 1 and 0 xor 2 = 2 of four, and both in bank 1 of eight: 8 is 0 xor 1.
    """
    keep = np.zeros((1, 16), bool)
    keep[0, [1, 8]] = True
    item = gemm_workload(1, 16, 8, weight_keep=keep).layers[0]
    fields = {"array.pe_rows": 1, "array.lanes": 2, "array.rows_per_pe": 1, "smem.banks.row_bytes": 1}
    fields |= {"smem.bandwidth_bytes_per_cycle": 2, "smem.banks.layout": "hashed"}
    four, eight = (
        run(item, changed("csr_gather", {**fields, "smem.banks.count": count})).counts for count in (4, 8)
    )
    assert (four["stall_bank_conflict_cycles"], eight["stall_bank_conflict_cycles"]) == (0, 8)
    assert four["cycles"] < eight["cycles"]


@pytest.mark.parametrize("machine", BANKED)
@given(item=masked_layers())
def test_a_banked_dram_is_never_faster_than_a_simple_one_at_its_peak(machine, item):
    """The law above is one of simple DRAM: first-ready scheduling has anomalies, see test_dram_stream.py."""
    banked = machine_with(machine)
    transfer = banked.transfer
    peak = SimpleDram(
        bandwidth_bytes_per_cycle=ceil(transfer.bytes_per_cycle),
        latency_cycles=0,
        burst_bytes=transfer.burst_bytes,
    )
    mapping = run(item, banked).mapping
    simple = banked.model_copy(update={"dram": peak})
    cycles = [count(engine_of(item, m), mapping)["cycles"] for m in (simple, banked)]
    assert cycles[0] <= cycles[1]


def fewer(keep: KeepMask, seed: int, share: float) -> KeepMask:
    """About ``share`` of the ones of a mask."""
    lost = np.random.default_rng(seed).random((keep.m_dim, keep.k_dim)) >= share
    return KeepMask.from_dense(keep.to_dense() & ~lost)


NARROW = {"array.pe_rows": 3, "array.lanes": 2}  # PEs have several channels to choose from
some_share = st.sampled_from([0.0, 0.5, 0.9, 0.999])


@each_machine
@given(item=masked_layers(), seed=st.integers(0, 2**32), share=some_share)
def test_compute_never_grows_when_a_mask_loses_ones(machine, item, seed, share):
    pruned = replace(item, mask=fewer(item.mask, seed, share))
    less, more = (run(i, in_turn(machine)).counts for i in (pruned, item))
    assert less["compute_cycles"] <= more["compute_cycles"]
    assert less["issued_macs"] <= more["issued_macs"]
    passes = [r["compute_cycles"] + r["stall_imbalance_cycles"] for r in (less, more)]
    assert passes[0] <= passes[1]


@pytest.mark.parametrize("machine", [name for name in MACHINES if uses_zeros(shipped(name))])
@given(item=masked_layers(), seed=st.integers(0, 2**32), share=some_share)
def test_compute_and_traffic_never_grow_when_activations_lose_ones(machine, item, seed, share):
    known = replace(item, activations=Given(item.activation_keep))
    sparser = replace(item, activations=Given(fewer(item.activation_keep, seed, share)))
    mapping = run(known, in_turn(machine)).mapping
    less, more = (run(i, in_turn(machine, str(mapping.choice))).counts for i in (sparser, known))
    for name in ("compute_cycles", "issued_macs", "smem_read_bytes", "rf_write_bytes", "dram_read_bytes"):
        assert less[name] <= more[name], name
    passes = [r["compute_cycles"] + r["stall_imbalance_cycles"] for r in (less, more)]
    assert passes[0] <= passes[1]


@pytest.mark.parametrize("machine", ["csr_gather", "unstructured_gather"])
@given(item=masked_layers(), seed=st.integers(0, 2**32), share=some_share)
def test_a_queue_never_takes_longer_for_a_mask_that_lost_ones(machine, item, seed, share):
    """Work that nothing orders knows no anomaly of Graham's: loads in order only fall."""
    queued = changed(machine, {"array.distribution": "dynamic", "array.rows_per_pe": 2, **NARROW})
    pruned = replace(item, mask=fewer(item.mask, seed, share))
    less, more = (run(i, queued).counts for i in (pruned, item))
    assert less["compute_cycles"] <= more["compute_cycles"]
    passes = [r["compute_cycles"] + r["stall_imbalance_cycles"] for r in (less, more)]
    assert passes[0] <= passes[1]


def in_turn(machine: str, mapping: str | None = None) -> Machine:
    """The machine with channels dealt in turn: sorted by survivors, each change deals them anew."""
    changes = [("mapping", {"conv": mapping, "gemm": mapping})] if mapping else []
    if "distribution" in shipped(machine).array:
        changes.append(("array.distribution", "row"))
    return changed(machine, dict(changes))


def test_compute_may_grow_where_channels_are_sorted_by_their_survivors():
    """Why the law above deals them in turn: with fewer weights other channels meet in an m tile."""
    sorting = load_machine(
        "unstructured_gather",
        {"array.pe_rows": 2, "array.pe_columns": 1, "array.lanes": 1, "array.depth": 4, "array.columns": 4},
    )
    keep = np.array(
        [
            [1, 1, 0, 1, 1, 1, 0, 0],
            [0, 1, 1, 1, 0, 1, 1, 0],
            [1, 0, 1, 0, 1, 1, 1, 0],
            [1, 0, 0, 1, 0, 1, 1, 1],
        ]
    )
    lost = keep.copy()
    lost[1, 2] = 0  # the second channel has four now and comes last
    found = [
        run(gemm_workload(4, 8, 1, mask > 0).layers[0], sorting).counts["compute_cycles"]
        for mask in (keep, lost)
    ]
    assert found == [10, 11]


def test_compute_may_grow_on_a_machine_whose_lanes_do_not_hold_whole_groups():
    """Why the law above is one of the shipped machines: five lanes hold one 3:4 group, or five weights."""
    narrow = load_machine(
        "dense_tc",
        {"array.lanes": 5, "array.mux_inputs": 4, "array.weight_sparsity": [{"n_keep": 3, "m_group": 4}]},
    )
    layer = LAYERS[-3]  # k = 64: 16 passes of a group each, or 13 of five weights
    dense, sparse = (run(masked(layer, p), narrow) for p in ("dense", "nm(3:4)"))
    assert (dense.schedule.mode, sparse.schedule.mode) == ("dense", "3:4")
    assert [r.counts["compute_cycles"] // layer.n_dim for r in (dense, sparse)] == [13, 16]


@pytest.mark.parametrize("layer", [x for x in LAYERS if x.k_dim > 3], ids=lambda layer: layer.name)
def test_a_dense_layer_costs_the_same_on_every_structured_machine(layer):
    shape = tuple((f"array.{field}", shipped("dense_tc").array[field]) for field in SHAPE)
    alike = (*shape, ("smem.capacity_bytes", shipped("dense_tc").smem.capacity_bytes))
    costs = [run(masked(layer, "dense"), machine_with(name, alike)).counts for name in STRUCTURED]
    assert len(costs) >= 3
    assert all(cost == costs[0] for cost in costs)
    assert costs[0]["metadata_bytes"] == 0


def test_a_dense_layer_costs_another_shape_something_else():
    """Why the law above is one of machines of one shape: 32 channels fill block_tc and half of dense_tc."""
    item = masked(Layer.gemm("narrow", 32, 256, 1024), "dense")
    dense, block = (
        run(item, machine_with(name)).counts["compute_cycles"] for name in ("dense_tc", "block_tc")
    )
    assert (dense, block) == (1024 * 256 // 16, 1024 * 256 // 32)


def test_a_dense_layer_of_three_weights_a_row_is_three_of_four_and_pays_metadata():
    """Why the law above is one of layers with k_dim > 3: rule 2 looks at the mask alone."""
    item = masked(Layer("narrow", "conv", 3, 64, 8, 8), "dense")
    dense, crisp = (run(item, machine_with(name)) for name in ("dense_tc", "crisp_stc"))
    assert crisp.schedule.mode == "3:4"
    assert crisp.counts["compute_cycles"] == dense.counts["compute_cycles"]
    assert (dense.counts["metadata_bytes"], crisp.counts["metadata_bytes"]) == (0, 64 * 3 * 2 // 8)


@pytest.mark.parametrize("name", STRUCTURED)
@given(item=masked_layers(), changes=memories())
def test_what_knows_of_zero_activations_costs_no_cycle_of_the_array(name, item, changes):
    """Gated, only multipliers know of zeros; compressed, SMEM's port and DRAM do too, and banks do not."""
    plain, gating, compressing = (
        load_with(machine_with(name, changes), {"activations": mode})
        for mode in ("dense", "gate", "compress")
    )
    mapping = run(item, compressing).mapping
    dense, gated = (count(engine_of(item, machine), mapping) for machine in (plain, gating))
    assert gated["issued_macs"] + gated["gated_macs"] == dense["issued_macs"]
    same = {name: dense[name] for name in ("macs", "issued_macs", "gated_macs")}
    assert {**gated, **same} == dense
    compressed = count(engine_of(item, compressing), mapping)
    for counter in ("macs", "issued_macs", "gated_macs", "compute_cycles", "stall_imbalance_cycles"):
        assert compressed[counter] == gated[counter]
    assert compressed["smem_read_bytes"] <= gated["smem_read_bytes"]
    assert compressed["smem_metadata_read_bytes"] >= gated["smem_metadata_read_bytes"]


def load_with(machine: Machine, array: dict[str, str]) -> Machine:
    return machine.model_copy(update={"array": {**machine.array, **array}})


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_compression_of_an_ifmap_without_zeros_costs_its_bitmap_alone(layer, pattern):
    """Padding apart, which compressed activations leave out; and banks, which they do not meet."""
    if layer.padding_h or layer.padding_w:
        layer = replace(layer, padding_h=0, padding_w=0)
    item, plain = masked(layer, pattern), load_machine("crisp_stc", {"dram.burst_bytes": 1})
    compressing = load_with(plain, {"activations": "compress"})
    mapping = {layer.name: str(run(item, compressing).mapping.choice)}
    dense, compressed = (run(item, m.with_mapping(mapping)).counts for m in (plain, compressing))
    for counter in ("macs", "compute_cycles", "stall_imbalance_cycles", "lrf_reads", "smem_read_bytes"):
        assert compressed[counter] == dense[counter]
    assert compressed["issued_macs"] == dense["macs"]  # zeros that a mode stores are gated too
    bitmaps = compressed["metadata_bytes"] - dense["metadata_bytes"]
    assert bitmaps > 0
    assert compressed["dram_read_bytes"] == dense["dram_read_bytes"] + bitmaps


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_pes_that_look_for_pairs_find_all_of_them_where_nothing_is_zero(layer):
    """As many cycles as PEs that walk all weights take; of stretches that fill the lanes."""
    layer = replace(layer, padding_h=0, padding_w=0)
    changes = {"array.pe_rows": 16, "array.lanes": 8}
    looking = {**changes, "array.pe_columns": 1, "array.depth": 64, "array.distribution": "row"}
    pairs = run(masked(layer, "dense"), load_machine("unstructured_gather", looking)).counts
    walked = run(masked(layer, "dense"), load_machine("csr_gather", changes)).counts
    for counter in ("macs", "issued_macs", "compute_cycles", "stall_imbalance_cycles", "idle_lane_cycles"):
        assert pairs[counter] == walked[counter], counter


@pytest.mark.parametrize("name", [n for n in MACHINES if shipped(n).architecture == "outer_product"])
def test_outer_products_of_whole_tiles_without_zeros_leave_no_multiplier_idle(name):
    """Where merging keeps up; else they take as long as merging does."""
    machine = load_machine(name)
    array = machine.array
    rows, columns = (array[f"core_{axis}s"] * array[f"tile_{axis}s"] for axis in ("row", "column"))
    item = gemm_workload(2 * rows, 50, 3 * columns).layers[0]
    found = run(item, machine).counts
    of_a_step = min(array["rows"] * array["cols"], array["merges_per_cycle"])
    of_a_core = array["tile_rows"] * array["tile_columns"]
    assert found["compute_cycles"] == -(-of_a_core // of_a_step) * 50 * 6
    assert found["stall_imbalance_cycles"] == 0
    assert (found["idle_lane_cycles"] == 0) == (of_a_step == array["rows"] * array["cols"])


@given(item=masked_layers(), changes=memories())
def test_a_dense_tensor_core_does_not_see_the_mask(item, changes):
    machine = machine_with("dense_tc", changes)
    full = MaskedLayer(item.layer, KeepMask.ones(item.mask.m_dim, item.mask.k_dim))
    pruned, dense = run(item, machine).counts, run(full, machine).counts
    assert {**pruned, "macs": dense["macs"]} == dense


@pytest.mark.parametrize("machine", COUNTED)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_batch_is_never_cheaper_than_one_input_and_never_dearer_than_as_many_runs(machine, pattern):
    layers = [LAYERS[0], LAYERS[1], LAYERS[6], LAYERS[8]]
    for layer in layers:
        one, four = (
            run(masked(layer.__class__(**{**vars(layer), "batch": n}), pattern), machine_with(machine)).counts
            for n in (1, 4)
        )
        assert one["cycles"] < four["cycles"] <= 4 * one["cycles"]
        assert four["macs"] == 4 * one["macs"]


@pytest.mark.parametrize(
    ("machine", "pattern"), [("sparseloop_tc", "dense"), ("crisp_stc_lpddr4", "nm(1:4)")]
)
def test_a_batch_may_be_dearer_than_as_many_runs(machine, pattern):
    """Why the law above is one of counted ends and simple DRAM.

    With hidden ends one first load is hidden and not four; later images find other rows open, and refreshes.
    """
    pointwise = vars(LAYERS[0])
    one, four = (
        run(masked(Layer(**{**pointwise, "batch": n}), pattern), machine_with(machine)).counts["cycles"]
        for n in (1, 4)
    )
    assert four > 4 * one


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


def test_the_lists_above_name_fields_that_machines_have():
    for field in (*FASTER, *MEMORIES):
        value = 7 if field == PORT else MEMORIES.get(field, (1,))[-1]  # no wider than the banks
        assert machine_with("crisp_stc", ((field, value),)) == load_machine("crisp_stc", {field: value})
