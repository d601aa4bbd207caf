"""A mapping fits the SMEM, is the best that does, and reads what it says (rules 12 to 16)."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal
from tile_fields import changed, first_of_each

from accel_sim import counters as c
from accel_sim import load_machine, simulate
from accel_sim.architectures import Schedule
from accel_sim.engine import Engine, LayerEngine
from accel_sim.machine import Machine
from accel_sim.machine.energy import energy_pj
from accel_sim.mapping import LayerMapping, Tiling
from accel_sim.search.bound import least_cycles
from accel_sim.search.choose import choose_mapping
from accel_sim.search.space import mappings
from workloads import Layer, MaskedLayer, gemm_workload
from workloads.activations import Uniform
from workloads.inputs import InputError
from workloads.patterns import parse_pattern

# Of every architecture with each set of things that its array can do.
MACHINES = first_of_each(
    lambda m: (m.architecture, frozenset(name for name, value in m.array.items() if value))
)


def engine_of(masked: MaskedLayer, machine: Machine) -> tuple[LayerEngine, Tiling]:
    layer = Engine.of(machine).layer(masked)
    return layer, Tiling(masked, layer.schedule, machine)


def mask_layer(layer: Layer, pattern: str) -> MaskedLayer:
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
        "smem.capacity_bytes": draw(st.sampled_from([8_960, 19_968, 60_032, 262_144])),
        "dram.bandwidth_bytes_per_cycle": draw(st.sampled_from([1, 32, 1000])),
        "dram.burst_bytes": draw(st.sampled_from([1, 64])),
        "array.columns": draw(st.sampled_from([8, 128])),
        "objective": draw(st.sampled_from(["cycles", "energy", "edp"])),
        "fill_drain": draw(st.sampled_from(["counted", "hidden"])),
    }
    name = draw(st.sampled_from(MACHINES))
    pattern = draw(st.sampled_from(["dense", "crisp(2:4, block=16, density=0.2)"]))
    masked = replace(mask_layer(layer, pattern), activations=Uniform(draw(st.sampled_from([1.0, 0.3, 0.0]))))
    return masked, changed(name, overrides)


def footprint(chosen: LayerMapping, masked: MaskedLayer, schedule: Schedule, machine: Machine) -> int:
    """Bytes that SMEM holds at once: two tiles of each operand unless it has but one or stays whole."""
    values = np.concatenate(([0], np.cumsum(schedule.weights))) * machine.word_bytes
    bits = np.concatenate(([0], np.cumsum(schedule.metadata_bits)))
    if chosen.ifmap_stays:
        cuts = chosen.bounds
    else:
        cuts = np.append(schedule.first[:-1][:: chosen.m_together], schedule.first[-1])
    weights = np.diff(values[cuts]) + -(-np.diff(bits[cuts]) // 8)
    ifmap = chosen.ifmap_tile_bytes
    held = [
        int(tiles.sum()) if whole else int(tiles.max()) * min(2, len(tiles))
        for tiles, whole in ((weights, chosen.weights_resident), (ifmap, chosen.ifmap_resident))
    ]
    outputs = 2 * min(schedule.tile_m, masked.layer.m_dim) * chosen.columns * machine.word_bytes
    return sum(held) + outputs


@given(cases())
def test_no_mapping_holds_more_than_the_smem(case):
    layer, tiling = engine_of(*case)
    for one in mappings(tiling):
        assert footprint(one, case[0], layer.schedule, case[1]) <= case[1].smem.capacity_bytes


def price(layer: LayerEngine, one: LayerMapping) -> tuple[float, int]:
    """What the objective makes of a mapping that is played in full, and its ties."""
    counts = layer.run(one)
    energy = sum(energy_pj(counts, layer.engine.machine.energy_per_action_pj).values())
    cycles = int(counts[c.at.cycles])
    objective = layer.engine.machine.objective
    return {"cycles": cycles, "energy": energy, "edp": energy * cycles}[objective], one.read_bytes


@given(cases())
def test_the_search_finds_the_best_of_all_that_fit(case):
    layer, tiling = engine_of(*case)
    every = list(mappings(tiling))
    if not every:
        with pytest.raises(InputError, match="mapping: expected tiles that fit"):
            choose_mapping(layer)
        return
    assert price(layer, choose_mapping(layer)) == min(price(layer, one) for one in every)


@given(cases())
def test_no_mapping_is_faster_than_its_lower_bound(case):
    layer, tiling = engine_of(*case)
    for one in mappings(tiling):
        assert least_cycles(layer, one) <= layer.run(one)[c.at.cycles]


@given(cases())
def test_what_the_table_shows_is_taken_back_and_gives_the_same(case):
    masked, machine = case
    layer, tiling = engine_of(masked, machine)
    for one in mappings(tiling):
        again = choose_mapping(
            engine_of(masked, machine.with_mapping({masked.layer.name: str(one.choice)}))[0]
        )
        assert again.choice == one.choice
        assert np.array_equal(layer.run(again), layer.run(one))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "ifmap_stay(tile_n=128)",
            "mapping: expected a known order, got 'ifmap_stay'; did you mean 'ifmap_stays'",
        ),
        ("ifmap_stays(tile_n=0)", "mapping: tile_n: expected at least 1, got 0"),
        ("ifmap_stays", "mapping: expected the argument 'tile_n' in 'ifmap_stays', got none"),
        (
            "ifmap_stays(tile_m=3)",
            "mapping: expected a known argument in 'ifmap_stays(tile_m=3)', got 'tile_m'",
        ),
        (
            "ifmap_stays(tile_n=384)",
            "mapping: tile_n: expected a multiple of 128, or 300 to cover the layer, got 384",
        ),
        (
            "ifmap_stays(tile_n=200)",
            "mapping: tile_n: expected a multiple of 128, or 300 to cover the layer, got 200",
        ),
        ("weights_stay(tile_m=32, tile_n=128)", "mapping: tile_m: expected at least 64, got 32"),
        (
            "weights_stay(tile_m=128, tile_n=128)",
            "mapping: tile_m: expected a multiple of 64, or 100 to cover the layer, got 128",
        ),
        (
            "ifmap_stays(tile_n=300)",
            "mapping: expected tiles that fit smem.capacity_bytes=32768, got at least 76800 of activations"
            " + 2048 of weights + 16384 of outputs with ifmap_stays(tile_n=300)",
        ),
    ],
)
def test_a_mapping_that_does_not_cover_or_fit_the_layer_is_one_clear_error(text, message):
    machine = load_machine("crisp_stc", {"smem.capacity_bytes": 32768, "mapping": {"wide": text}})
    masked = mask_layer(Layer.gemm("wide", 100, 256, 300), "dense")
    assert refusal(choose_mapping, engine_of(masked, machine)[0]).startswith(f"wide: {message}")


def test_a_layer_with_groups_has_one_order():
    layer = Layer("dw", "conv", 64, 64, 8, 8, 3, 3, groups=64)
    machine = load_machine("crisp_stc", {"mapping": {"dw": "weights_stay(tile_m=64, tile_n=36)"}})
    with pytest.raises(InputError, match="dw: mapping: expected ifmap_stays for a layer of 64 groups"):
        choose_mapping(engine_of(mask_layer(layer, "dense"), machine)[0])


def test_a_mapping_has_an_entry_for_each_layer_and_for_no_other():
    workload, machine = gemm_workload(8, 8, 8, name="only"), load_machine("crisp_stc")
    with pytest.raises(
        InputError, match=r"expected a layer of the workload, got 'onyl'; did you mean 'only'"
    ):
        simulate(workload, machine, mapping={"onyl": "auto"})
    with pytest.raises(
        InputError, match=r"expected an entry for each layer \('auto' will do\), got none for 'only'"
    ):
        simulate(workload, machine, mapping={})
    searched = simulate(workload, machine)
    assert simulate(workload, machine, mapping={"only": "auto"}).mappings == searched.mappings
    assert simulate(workload, machine, mapping=searched.mappings).layers.equals(searched.layers)


def test_a_smem_that_is_too_small_is_named_with_the_sizes():
    machine = load_machine("crisp_stc", {"smem.capacity_bytes": 2048})
    masked = mask_layer(Layer.gemm("wide", 64, 256, 10), "dense")
    assert refusal(choose_mapping, engine_of(masked, machine)[0]) == (
        "wide: mapping: expected tiles that fit smem.capacity_bytes=2048, got at least"
        " 512 of activations + 2048 of weights + 128 of outputs with ifmap_stays(tile_n=1)"
    )


def test_a_layer_that_fits_whole_is_read_once():
    machine = load_machine("dense_tc", {"dram.burst_bytes": 1})
    masked = mask_layer(Layer.gemm("small", 64, 64, 100), "dense")
    assert choose_mapping(engine_of(masked, machine)[0]).read_bytes == 64 * 64 + 64 * 100


@given(cases())
def test_an_ifmap_tile_with_its_halo_is_what_a_window_over_the_image_touches(case):
    """Compressed, it is the words of these that are not zero and a bit for each (rule 12)."""
    masked, machine = case
    layer, word, burst = masked.layer, machine.word_bytes, machine.dram.burst_bytes
    schedule = Engine.of(machine).layer(masked).schedule
    keep = masked.activation_keep.to_dense().reshape(layer.in_h, layer.in_w, layer.in_channels)
    for tile_n in (1, 7, 128, layer.n_dim):
        expected, bitmaps = [], []
        for start in range(0, layer.n_dim, tile_n):
            touched = set()
            for pixel in range(start, min(start + tile_n, layer.n_dim)):
                y, x = divmod(pixel, layer.out_w)
                for r in range(layer.kernel_h):
                    for s in range(layer.kernel_w):
                        at = (y + r - layer.padding_h, x + s - layer.padding_w)
                        if 0 <= at[0] < layer.in_h and 0 <= at[1] < layer.in_w:
                            touched.add(at)
            words = bits = len(touched) * layer.in_channels
            if schedule.compressed_ifmap:
                words = sum(int(keep[at].sum()) for at in touched)
            else:
                bits = 0
            bitmaps.append(-(-bits // 8))
            expected.append(words * word + bitmaps[-1])
        found, metadata = Tiling(masked, schedule, machine)._ifmap(tile_n)[:2]
        assert found.tolist() == [-(-size // burst) * burst for size in expected]
        assert metadata.tolist() == bitmaps
