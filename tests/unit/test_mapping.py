"""A mapping fits the SMEM, is the best that does, and reads what it says (rules 12 to 16)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accel_sim import counters as c
from accel_sim import load_machine, mapping
from accel_sim.architectures import Schedule, find_architecture
from accel_sim.kernels.plan import WEIGHTS_INNER
from accel_sim.machine import Machine
from accel_sim.mapping import Mapping, choose_mapping
from accel_sim.simulation import simulate_layer
from workloads import Layer, MaskedLayer
from workloads.inputs import InputError
from workloads.patterns import parse_pattern


def schedule_of(item: MaskedLayer, machine: Machine) -> Schedule:
    architecture = find_architecture(machine.architecture)
    return architecture.schedule(item, architecture.Array.model_validate(machine.array))


def masked(layer: Layer, pattern: str) -> MaskedLayer:
    score = np.random.default_rng(0).random((layer.m_dim, layer.k_dim))
    return MaskedLayer(layer, parse_pattern(pattern).keep_mask(score))


@st.composite
def cases(draw: st.DrawFn) -> tuple[MaskedLayer, Machine]:
    """A layer that does not fit the SMEM whole, on a machine that may be cramped."""
    if draw(st.booleans()):
        layer = Layer.gemm(
            "g", draw(st.integers(1, 300)), draw(st.integers(1, 300)), draw(st.integers(1, 900))
        )
    else:
        groups, side, kernel = (
            draw(st.sampled_from([1, 1, 4])),
            draw(st.integers(3, 20)),
            draw(st.integers(1, 3)),
        )
        channels = groups * draw(st.integers(1, 40)), groups * draw(st.integers(1, 60))
        layer = Layer("c", "conv", *channels, side, side, kernel, kernel, 1, 1, 1, 1, groups=groups)
    overrides = {
        "smem.capacity_bytes": draw(st.sampled_from([9_000, 20_000, 60_000, 262_144])),
        "dram.bandwidth_bytes_per_cycle": draw(st.sampled_from([1, 32, 1000])),
        "dram.burst_bytes": draw(st.sampled_from([1, 64])),
        "array.columns": draw(st.sampled_from([8, 128])),
    }
    machine = load_machine(draw(st.sampled_from(["crisp_stc", "dense_tc", "unstructured_gather"])), overrides)
    pattern = draw(st.sampled_from(["dense", "crisp(2:4, block=16, density=0.2)"]))
    return masked(layer, pattern), machine


def every_candidate(item: MaskedLayer, schedule: Schedule, machine: Machine) -> list[Mapping]:
    """All that fit, without the short cuts of the search."""
    stream = mapping._WeightStream(schedule, machine)
    together = list(mapping._weight_sets(item.layer, schedule, stream))
    shape, found = mapping.geometry(item.layer), []
    for tile_n, is_short in mapping._tile_sizes(item.layer.n_dim, schedule.columns):
        if not (is_short and found):
            ifmap = mapping._ifmap_tiles(item.layer, shape, tile_n, machine)
            found += mapping._candidates(item.layer, schedule, machine, stream, together, tile_n, ifmap)
    return found


def footprint(chosen: Mapping, item: MaskedLayer, schedule: Schedule, machine: Machine) -> int:
    """Bytes that SMEM holds at once: two tiles of each operand unless it has but one or stays whole."""
    values = np.concatenate(([0], np.cumsum(schedule.weights))) * machine.word_bytes
    bits = np.concatenate(([0], np.cumsum(schedule.metadata_bits)))
    if chosen.order == WEIGHTS_INNER:
        cuts = chosen.bounds
    else:
        cuts = np.append(schedule.first[:-1][:: chosen.m_together], schedule.first[-1])
    weights = np.diff(values[cuts]) + -(-np.diff(bits[cuts]) // 8)
    ifmap = chosen.ifmap_tile_bytes
    held = [
        int(tiles.sum()) if whole else int(tiles.max()) * min(2, len(tiles))
        for tiles, whole in ((weights, chosen.weights_resident), (ifmap, chosen.ifmap_resident))
    ]
    outputs = 2 * min(schedule.tile_rows, item.layer.m_dim) * chosen.columns * machine.word_bytes
    return sum(held) + outputs


@given(cases())
def test_no_candidate_holds_more_than_the_smem(case):
    item, machine = case
    schedule = schedule_of(item, machine)
    for one in every_candidate(item, schedule, machine):
        assert footprint(one, item, schedule, machine) <= machine.smem.capacity_bytes


@given(cases())
def test_the_chosen_mapping_is_the_best_of_all_that_fit(case):
    item, machine = case
    schedule = schedule_of(item, machine)
    rate = machine.dram.bandwidth_bytes_per_cycle
    outputs = item.layer.m_dim * item.layer.n_dim * machine.word_bytes

    def cost(one: Mapping) -> tuple[int, int]:
        dram = -(-(one.read_bytes + outputs) // rate)
        compute = int(schedule.first[-1]) * item.layer.n_dim
        return max(compute, dram) + -(-one.first_bytes // rate), one.read_bytes

    candidates = every_candidate(item, schedule, machine)
    if not candidates:
        with pytest.raises(InputError, match="mapping: expected a tile that fits"):
            choose_mapping(item.layer, schedule, machine)
        return
    assert cost(choose_mapping(item.layer, schedule, machine)) == min(map(cost, candidates))


@given(cases())
def test_every_candidate_reads_what_it_says(case):
    item, machine = case
    schedule = schedule_of(item, machine)
    for one in every_candidate(item, schedule, machine):
        row = np.zeros(c.COUNT, np.int64)
        simulate_layer(item, schedule, one, machine, row)
        assert row[c.DRAM_READ] == one.read_bytes


def test_a_smem_that_is_too_small_is_named_with_the_sizes():
    machine = load_machine("crisp_stc", {"smem.capacity_bytes": 2000})
    item = masked(Layer.gemm("wide", 64, 256, 10), "dense")
    with pytest.raises(InputError) as caught:
        choose_mapping(item.layer, schedule_of(item, machine), machine)
    assert str(caught.value) == (
        "wide: mapping: expected a tile that fits smem.capacity_bytes=2000,"
        " got at least 512 of activations + 2048 of weights + 128 of outputs"
    )


def test_a_layer_that_fits_whole_is_read_once():
    machine = load_machine("dense_tc", {"dram.burst_bytes": 1})
    item = masked(Layer.gemm("small", 64, 64, 100), "dense")
    assert choose_mapping(item.layer, schedule_of(item, machine), machine).read_bytes == 64 * 64 + 64 * 100


@given(cases())
def test_an_ifmap_tile_with_its_halo_is_what_a_window_over_the_image_touches(case):
    item, machine = case
    layer = item.layer
    for tile_n in (1, 7, 128, layer.n_dim):
        expected = []
        for start in range(0, layer.n_dim, tile_n):
            touched = set()
            for pixel in range(start, min(start + tile_n, layer.n_dim)):
                y, x = divmod(pixel, layer.out_w)
                for r in range(layer.kernel_h):
                    for s in range(layer.kernel_w):
                        at = (y + r - layer.padding_h, x + s - layer.padding_w)
                        if 0 <= at[0] < layer.in_h and 0 <= at[1] < layer.in_w:
                            touched.add(at)
            expected.append(len(touched) * layer.in_channels)
        burst = machine.dram.burst_bytes
        found = mapping._ifmap_tiles(layer, mapping.geometry(layer), tile_n, machine)
        assert found.tolist() == [-(-size // burst) * burst for size in expected]
