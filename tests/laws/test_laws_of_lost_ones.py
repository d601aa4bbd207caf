"""No array works longer for fewer weights or fewer activations, but for the anomalies below."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from law_cases import LAYERS, MACHINES, mask_layer, masked_layers, run, uses_zeros
from tile_fields import changed, shipped

from accel_sim import load_machine
from accel_sim.machine import Machine
from workloads import KeepMask, Layer, MaskedLayer, gemm_workload
from workloads.activations import Given

NARROW = {"array.pe_rows": 3, "array.lanes": 2}  # PEs have several channels to choose from
some_share = st.sampled_from([0.0, 0.5, 0.9, 0.999])


def fewer(keep: KeepMask, seed: int, share: float) -> KeepMask:
    """About ``share`` of the ones of a mask."""
    lost = np.random.default_rng(seed).random((keep.m_dim, keep.k_dim)) >= share
    return KeepMask.from_dense(keep.to_dense() & ~lost)


@pytest.mark.parametrize("machine", MACHINES)
@given(masked=masked_layers(), seed=st.integers(0, 2**32), share=some_share)
def test_compute_never_grows_when_a_mask_loses_ones(machine, masked, seed, share):
    pruned = replace(masked, mask=fewer(masked.mask, seed, share))
    fed = in_turn(machine)
    if fed.array.get("skip_blocks") and masked.layer.groups > 1:  # whose cores lie across block rows
        fed = fed.model_copy(update={"array": {**fed.array, "activation_sets": fed.array["rows"]}})
    less, more = (run(i, fed).counts for i in (pruned, masked))
    assert less["compute_cycles"] <= more["compute_cycles"]
    assert less["issued_macs"] <= more["issued_macs"]
    passes = [r["compute_cycles"] + r["stall_imbalance_cycles"] for r in (less, more)]
    assert passes[0] <= passes[1]


def test_compute_may_grow_where_the_rows_of_a_core_lie_in_two_block_rows():
    """Why the law above feeds such a core all sets at once: lists that were alike now take turns (6a)."""
    kept = [[6, 32], [8, 25], [11, 23], [19, 24], [21, 34]]
    found = []
    for survivors in (kept, kept[:-1]):
        keep = np.zeros((22, 36), np.bool_)
        keep[tuple(zip(*survivors, strict=True))] = True
        layer = Layer("two groups", "conv", 24, 22, 1, 3, 1, 3, groups=2)
        counts = run(MaskedLayer(layer, KeepMask.from_dense(keep)), shipped("block_tc")).counts
        found.append(counts["compute_cycles"])
    assert found == [1, 2]


@pytest.mark.parametrize("machine", [name for name in MACHINES if uses_zeros(shipped(name))])
@given(masked=masked_layers(), seed=st.integers(0, 2**32), share=some_share)
def test_compute_and_traffic_never_grow_when_activations_lose_ones(machine, masked, seed, share):
    known = replace(masked, activations=Given(masked.activation_keep))
    sparser = replace(masked, activations=Given(fewer(masked.activation_keep, seed, share)))
    mapping = run(known, in_turn(machine)).mapping
    less, more = (run(i, in_turn(machine, str(mapping.choice))).counts for i in (sparser, known))
    for name in ("compute_cycles", "issued_macs", "smem_read_bytes", "rf_write_bytes", "dram_read_bytes"):
        assert less[name] <= more[name], name
    passes = [r["compute_cycles"] + r["stall_imbalance_cycles"] for r in (less, more)]
    assert passes[0] <= passes[1]


@pytest.mark.parametrize("machine", ["csr_gather", "unstructured_gather"])
@given(masked=masked_layers(), seed=st.integers(0, 2**32), share=some_share)
def test_a_queue_never_takes_longer_for_a_mask_that_lost_ones(machine, masked, seed, share):
    """Work that nothing orders knows no anomaly of Graham's: loads in order only fall."""
    queued = changed(machine, {"array.distribution": "dynamic", "array.rows_per_pe": 2, **NARROW})
    pruned = replace(masked, mask=fewer(masked.mask, seed, share))
    less, more = (run(i, queued).counts for i in (pruned, masked))
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
    dense, sparse = (run(mask_layer(layer, p), narrow) for p in ("dense", "nm(3:4)"))
    assert (dense.schedule.mode, sparse.schedule.mode) == ("dense", "3:4")
    assert [r.counts["compute_cycles"] // layer.n_dim for r in (dense, sparse)] == [13, 16]
