"""Which mappings the search tries, in which order, and how many tiles of an operand they read (16a)."""

from itertools import groupby

import pytest
from small_layer import BASE, MASKED, OUTPUTS

from accel_sim import load_machine
from accel_sim.counters import at
from accel_sim.engine import Engine
from accel_sim.kernels.layer import Geometry
from accel_sim.machine.energy import energy_pj
from accel_sim.mapping import IfmapStays, Tiling, WeightsStay
from accel_sim.mapping.given import given_mapping
from accel_sim.mapping.tiling import EACH_ONE, _ifmap_pixels
from accel_sim.search.choose import choose_mapping
from accel_sim.search.search import price
from accel_sim.search.space import mappings
from workloads import Layer, MaskedLayer, gemm_workload
from workloads.inputs import InputError
from workloads.masks import KeepMask


def tiling(masked: MaskedLayer = MASKED, machine: str = "dense_tc", **changes: object) -> Tiling:
    loaded = load_machine(machine, {**BASE, "smem.capacity_bytes": 2**16, **changes})
    return Tiling(masked, Engine.of(loaded).layer(masked).schedule, loaded)


def choices(tiles: Tiling) -> list[IfmapStays | WeightsStay]:
    return [mapping.choice for mapping in mappings(tiles)]


def test_tiles_double_chunks_quadruple_and_both_end_with_all_there_is():
    """8 channels in m tiles of 2, 3 passes each, 20 pixels in output tiles of 5."""
    expected = []
    for tile_n in (5, 10, 20):
        expected += [IfmapStays(tile_n, chunks) for chunks in (1, 3)]
        expected += [WeightsStay(tile_m, tile_n) for tile_m in (2, 4, 8)]
    assert choices(tiling()) == expected


@pytest.mark.parametrize(
    ("k_dim", "chunks"),
    [(4, [1]), (5, [1, 2]), (16, [1, 4]), (17, [1, 4, 5]), (64, [1, 4, 16]), (68, [1, 4, 16, 17])],
)
def test_chunks_are_one_four_sixteen_and_all_passes(k_dim, chunks):
    found = choices(tiling(gemm_workload(2, k_dim, 5, name="g").layers[0]))
    assert [choice.chunks for choice in found if isinstance(choice, IfmapStays)] == chunks


def test_sizes_that_are_no_powers_of_two_end_with_the_whole():
    """Rule 14: a multiple of the array's columns, or all of them."""
    found = choices(tiling(gemm_workload(7, 4, 23, name="g").layers[0]))
    assert [tile_n for tile_n, _ in groupby(choice.tile_n for choice in found)] == [5, 10, 20, 23]
    assert {choice.tile_m for choice in found if isinstance(choice, WeightsStay)} == {2, 4, 7}


def test_a_layer_with_groups_has_its_ifmap_stay():
    layer = Layer("grouped", "conv", 8, 8, 5, 4, groups=2)
    found = choices(tiling(MaskedLayer(layer, KeepMask.ones(8, 4))))
    assert found == [IfmapStays(tile_n, 1) for tile_n in (5, 10, 20)]


@pytest.mark.parametrize(
    ("short", "tiles"),
    [
        (0, [5]),  # two ifmap tiles of 5 pixels x 12, two chunks of a pass
        (1, [2, 1]),  # a byte less: no tile of 5 pixels, but those of 5 / 2 and of 2 / 2
        (12 + 2 * 36, [2, 1]),  # 3 pixels less of 2 x 2 outputs and of 2 x 12 activations
        (12 + 2 * 36 + 1, [1]),
        (16 + 2 * 48 + 1, []),
    ],
)
def test_tiles_narrower_than_the_array_are_for_where_no_other_fits(short, tiles):
    least = OUTPUTS + 2 * 5 * 12 + 2 * 8
    found = choices(tiling(**{"smem.capacity_bytes": least - short}))
    assert [tile_n for tile_n, _ in groupby(choice.tile_n for choice in found)] == tiles


@pytest.mark.parametrize(
    ("n_dim", "pixels", "tiles"), [(18, 4, [2, 1]), (7, 3, [2, 1]), (3, 1, [1]), (4, 2, [2, 1])]
)
def test_narrow_tiles_are_halves_of_the_array_or_of_a_layer_that_is_narrower(n_dim, pixels, tiles):
    """Room for so many pixels, 2 x 12 activations and 2 x 2 outputs each: not for 5, nor for all."""
    masked = gemm_workload(8, 12, n_dim, name="g").layers[0]
    found = choices(tiling(masked, **{"smem.capacity_bytes": pixels * (4 + 24) + 16}))
    assert [tile_n for tile_n, _ in groupby(choice.tile_n for choice in found)] == tiles


def test_where_nothing_fits_the_smallest_is_named():
    small = load_machine("dense_tc", {**BASE, "smem.capacity_bytes": 43})
    with pytest.raises(InputError, match=r"with ifmap_stays\(tile_n=1\)$"):
        choose_mapping(Engine.of(small).layer(MASKED))


@pytest.mark.parametrize(("chunks", "fine"), [(1, True), (3, True), (4, False)])
def test_an_m_tile_has_at_most_as_many_chunks_as_passes(chunks, fine):
    if fine:
        assert given_mapping(IfmapStays(5, chunks), tiling()).choice == IfmapStays(5, chunks)
        return
    with pytest.raises(InputError, match="chunks: expected at most the 3 passes of an m tile, got 4"):
        given_mapping(IfmapStays(5, chunks), tiling())


def test_a_layer_without_passes_needs_no_room_for_weights():
    """No survivor, and blocks that are skipped: room for outputs and the ifmap alone."""
    masked = MaskedLayer(Layer.gemm("g", 8, 12, 20), KeepMask(KeepMask.blank(8, 12), 12))
    changes = {"array.weight_sparsity": [], "array.skip_blocks": [4], "smem.capacity_bytes": OUTPUTS + 120}
    found = tiling(masked, "block_tc", **changes).mapping(IfmapStays(5))
    assert found is not None
    assert found.read_bytes == 240
    assert tiling(masked, "block_tc", **changes).most_passes == 1


def test_pixels_under_a_tile_are_shared_and_so_read_only():
    pixels = _ifmap_pixels(Geometry(4, 5, 4, 5, 1, 1, 1, 1, 0, 0, 1, 1), 20, 5)
    assert pixels.tolist() == [5] * 4
    assert EACH_ONE.shape == (0,)
    with pytest.raises(ValueError, match="read-only"):
        pixels[0] = 1


def test_a_price_is_cycles_energy_or_their_product():
    """Energy is what the layer spends in all, of whatever has a price."""
    layers = {
        objective: Engine.of(load_machine("dense_tc", {**BASE, "objective": objective})).layer(MASKED)
        for objective in ("cycles", "energy", "edp")
    }
    layer = layers["energy"]
    mapping = Tiling(MASKED, layer.schedule, layer.engine.machine).mapping(IfmapStays(5))
    assert mapping is not None
    counts = layer.run(mapping)
    energy = sum(energy_pj(counts, layer.engine.machine.energy_per_action_pj).values())
    cycles = int(counts[at.cycles])
    found = {objective: price(one, mapping, cycles) for objective, one in layers.items()}
    assert found == {"cycles": cycles, "energy": energy, "edp": cycles * energy}
    assert price(layers["cycles"], mapping, 1000) == 1000
    assert price(layers["edp"], mapping, 1000) == 1000 * price(layer, mapping, 1000)
