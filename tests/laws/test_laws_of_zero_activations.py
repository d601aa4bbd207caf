"""What it is worth to look at zero activations: gating, compression, pairs, outer products."""

from dataclasses import replace

import pytest
from hypothesis import given
from law_cases import (
    LAYERS,
    MACHINES,
    PATTERNS,
    STRUCTURED,
    count,
    engine_of,
    machine_with,
    mask_layer,
    masked_layers,
    memories,
    run,
)
from tile_fields import shipped

from accel_sim import load_machine
from accel_sim.machine import Machine
from workloads import gemm_workload


@pytest.mark.parametrize("name", STRUCTURED)
@given(masked=masked_layers(), changes=memories())
def test_what_knows_of_zero_activations_costs_no_cycle_of_the_array(name, masked, changes):
    """Gated, only multipliers know of zeros; compressed, SMEM's port and DRAM do too, and banks do not."""
    plain, gating, compressing = (
        load_with(machine_with(name, changes), {"activations": mode})
        for mode in ("dense", "gate", "compress")
    )
    mapping = run(masked, compressing).mapping
    dense, gated = (count(engine_of(masked, machine), mapping) for machine in (plain, gating))
    assert gated["issued_macs"] + gated["gated_macs"] == dense["issued_macs"]
    same = {name: dense[name] for name in ("macs", "issued_macs", "gated_macs")}
    assert {**gated, **same} == dense
    compressed = count(engine_of(masked, compressing), mapping)
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
    masked, plain = mask_layer(layer, pattern), load_machine("crisp_stc", {"dram.burst_bytes": 1})
    compressing = load_with(plain, {"activations": "compress"})
    mapping = {layer.name: str(run(masked, compressing).mapping.choice)}
    dense, compressed = (run(masked, m.with_mapping(mapping)).counts for m in (plain, compressing))
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
    pairs = run(mask_layer(layer, "dense"), load_machine("unstructured_gather", looking)).counts
    walked = run(mask_layer(layer, "dense"), load_machine("csr_gather", changes)).counts
    for counter in ("macs", "issued_macs", "compute_cycles", "stall_imbalance_cycles", "idle_lane_cycles"):
        assert pairs[counter] == walked[counter], counter


@pytest.mark.parametrize("name", [n for n in MACHINES if shipped(n).architecture == "outer_product"])
def test_outer_products_of_whole_tiles_without_zeros_leave_no_multiplier_idle(name):
    """Where merging keeps up; else they take as long as merging does."""
    machine = load_machine(name)
    array = machine.array
    rows, columns = (array[f"core_{axis}s"] * array[f"tile_{axis}s"] for axis in ("row", "column"))
    masked = gemm_workload(2 * rows, 50, 3 * columns).layers[0]
    found = run(masked, machine).counts
    of_a_step = min(array["rows"] * array["cols"], array["merges_per_cycle"])
    of_a_core = array["tile_rows"] * array["tile_columns"]
    assert found["compute_cycles"] == -(-of_a_core // of_a_step) * 50 * 6
    assert found["stall_imbalance_cycles"] == 0
    assert (found["idle_lane_cycles"] == 0) == (of_a_step == array["rows"] * array["cols"])
