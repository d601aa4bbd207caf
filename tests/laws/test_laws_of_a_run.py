"""What holds for every layer on every machine in the folder (design section 7)."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from law_cases import (
    LAYERS,
    MACHINES,
    PATTERNS,
    Run,
    engine_of,
    machine_with,
    mask_layer,
    masked_layers,
    memories,
    run,
    uses_zeros,
)

from accel_sim import counters as c
from accel_sim.verify.twins import direct_convolution
from workloads.activations import Uniform


def no_resource_is_busy_for_longer_than_the_run(r: Run) -> None:
    busy = r.counts["compute_cycles"], r.counts["smem_busy_cycles"], r.counts["dram_busy_cycles"]
    if r.machine.fill_drain == "counted":
        assert max(busy) <= r.counts["cycles"]
        return
    # What lies before the first step and after the last takes no time: the first tiles, the first pass's
    # weights, and outputs (rule 29a).
    stream = engine_of(r.masked, r.machine).stream(r.mapping.columns)
    first_pass = -(-int(stream.preload_bits[0, :1].sum()) // 8)
    port = r.machine.smem.bandwidth_bytes_per_cycle
    hidden = (
        1 + -(-first_pass // port),
        r.machine.transfer.cycles(r.mapping.first_bytes + r.counts["dram_write_bytes"]),
    )
    assert max(busy[0], busy[1] - hidden[0], busy[2] - hidden[1]) <= r.counts["cycles"]


def compute_and_stalls_are_all_the_cycles(r: Run) -> None:
    """Rule 29."""
    parts = [r.counts[name] for name in ("compute_cycles", *c.STALLS)]
    assert min(parts) >= 0
    assert sum(parts) == r.counts["cycles"]


def macs_are_survivors_times_columns_or_the_pairs_of_non_zeros(r: Run) -> None:
    layer, weights = r.masked.layer, r.masked.mask.to_dense().astype(np.int8)
    if uses_zeros(r.machine):
        seen = r.masked.activation_keep.to_dense().astype(np.int8)
        image = seen.reshape(layer.batch, layer.in_h, layer.in_w, layer.in_channels).transpose(0, 3, 1, 2)
        assert r.counts["macs"] == int(direct_convolution(layer, weights, image).sum())
    else:
        assert r.counts["macs"] == int(weights.sum(dtype=np.int64)) * layer.n_dim


def every_effectual_mac_is_issued_and_the_other_lanes_idle(r: Run) -> None:
    assert r.counts["macs"] <= r.counts["issued_macs"]
    working = r.counts["compute_cycles"] + r.counts["stall_imbalance_cycles"]
    used = r.counts["issued_macs"] + r.counts["gated_macs"]
    assert used + r.counts["idle_lane_cycles"] == r.schedule.multipliers * working
    assert min(r.counts["idle_lane_cycles"], r.counts["gated_macs"]) >= 0


def utilisation_is_at_most_one(r: Run) -> None:
    assert r.counts["macs"] <= r.schedule.multipliers * r.counts["cycles"]


def every_byte_that_enters_smem_was_read_from_dram(r: Run) -> None:
    """Rule 34."""
    assert r.counts["smem_write_bytes"] - r.outputs <= r.counts["dram_read_bytes"]
    assert r.counts["smem_metadata_write_bytes"] == r.counts["metadata_bytes"]
    assert (
        r.counts["smem_write_bytes"] - r.outputs + r.counts["metadata_bytes"] == r.counts["dram_read_bytes"]
    )


def dram_reads_are_at_least_the_compulsory_traffic(r: Run) -> None:
    layer, word = r.masked.layer, r.machine.word_bytes
    seen = r.masked.activation_keep.to_dense().reshape(layer.batch, layer.in_h, layer.in_w, -1)
    if not r.schedule.compressed_ifmap:
        seen = np.ones_like(seen)
    ifmap = int(seen[:, touched(layer, "h")][:, :, touched(layer, "w")].sum())
    stored = int(r.schedule.weights.sum())
    assert stored >= r.masked.mask.kept
    assert r.counts["dram_read_bytes"] >= (ifmap + stored) * word + r.counts["metadata_bytes"]


def every_output_is_written_to_dram(r: Run) -> None:
    assert r.counts["dram_write_bytes"] >= r.outputs


def weights_and_outputs_pass_through_the_read_port_of_smem(r: Run) -> None:
    walks = -(-r.masked.layer.n_dim // r.mapping.columns)
    weights = int(r.schedule.weights.sum()) * walks * r.machine.word_bytes
    assert r.counts["smem_read_bytes"] >= weights + r.outputs


def accumulators_are_read_as_often_as_written(r: Run) -> None:
    assert r.counts["rf_read_bytes"] == r.counts["rf_write_bytes"]
    in_place = r.machine.array.get("dataflow") == "output_stationary"
    multiplied = r.counts["issued_macs"] + r.counts["gated_macs"] > 0
    assert (r.counts["rf_write_bytes"] > 0) == (multiplied and not in_place)


def touched(layer, axis: str) -> list[int]:
    """Input rows (or columns) under the kernel at any place, padding excluded."""
    out, size, kernel, stride, padding, dilation = (
        getattr(layer, f"{what}_{axis}") for what in ("out", "in", "kernel", "stride", "padding", "dilation")
    )
    places = {y * stride + r * dilation - padding for y in range(out) for r in range(kernel)}
    return sorted(places & set(range(size)))


LAWS = (
    no_resource_is_busy_for_longer_than_the_run,
    compute_and_stalls_are_all_the_cycles,
    macs_are_survivors_times_columns_or_the_pairs_of_non_zeros,
    every_effectual_mac_is_issued_and_the_other_lanes_idle,
    utilisation_is_at_most_one,
    every_byte_that_enters_smem_was_read_from_dram,
    dram_reads_are_at_least_the_compulsory_traffic,
    every_output_is_written_to_dram,
    weights_and_outputs_pass_through_the_read_port_of_smem,
    accumulators_are_read_as_often_as_written,
)
each_law = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
each_machine = pytest.mark.parametrize("machine", MACHINES)


@lru_cache
def chosen_runs(machine: str) -> tuple[Run, ...]:
    cases = [mask_layer(layer, pattern) for layer in LAYERS for pattern in PATTERNS]
    cases += [replace(mask_layer(layer, PATTERNS[-1]), activations=Uniform(0.4)) for layer in LAYERS]
    return tuple(run(masked, machine_with(machine)) for masked in cases)


@each_machine
@each_law
def test_the_law_holds_for_chosen_layers_under_every_pattern(law, machine):
    for r in chosen_runs(machine):
        law(r)


@each_machine
@given(masked=masked_layers(), changes=memories())
def test_the_laws_hold_for_any_layer_mask_and_memory(machine, masked, changes):
    r = run(masked, machine_with(machine, changes))
    for law in LAWS:
        law(r)
