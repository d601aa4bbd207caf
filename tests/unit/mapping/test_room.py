"""What fills the room in SMEM to the last byte fits, and a byte less of room is too little (rules 15, 16)."""

import pytest
from small_layer import BASE, MASKED, OUTPUTS

from accel_sim import load_machine
from accel_sim.engine import Engine
from accel_sim.mapping import IfmapStays, Tiling, WeightsStay


def tiling(capacity: int, **changes: object) -> Tiling:
    machine = load_machine("dense_tc", {**BASE, "smem.capacity_bytes": capacity, **changes})
    return Tiling(MASKED, Engine.of(machine).layer(MASKED).schedule, machine)


def test_two_ifmap_tiles_and_two_chunks_are_the_least_where_the_ifmap_stays():
    least = OUTPUTS + 2 * 5 * 12 + 2 * 8
    assert tiling(least - 1).mapping(IfmapStays(5)) is None
    found = tiling(least).mapping(IfmapStays(5))
    assert found is not None
    assert found.weight_tile_bytes.tolist() == [8] * 12  # a pass each
    assert not found.weights_resident
    # Three chunks an m tile come again for each of 4 output tiles.
    assert found.read_bytes == 4 * 96 + 240


def test_an_m_tile_that_is_one_chunk_is_read_once_an_ifmap_tile():
    least = OUTPUTS + 2 * 5 * 12 + 2 * 24
    found = [tiling(room).mapping(IfmapStays(5)) for room in (least - 1, least)]
    assert [len(one.weight_tile_bytes) for one in found if one] == [4 * 2, 4]


@pytest.mark.parametrize(("chunks", "times"), [(1, 2), (2, 4), (3, 4)])
def test_an_m_tile_in_one_chunk_comes_for_each_ifmap_tile_else_for_each_output_tile(chunks, times):
    """Two ifmap tiles of 10 pixels, each of two output tiles of 5; room for two m tiles of the four."""
    room = OUTPUTS + 2 * 10 * 12 + 2 * 24
    found = tiling(room).mapping(IfmapStays(10, chunks))
    assert found is not None
    assert not found.weights_resident
    assert len(found.weight_tile_bytes) == 4 * chunks
    assert found.read_bytes == times * 96 + 240


@pytest.mark.parametrize(("room", "resident"), [(-1, False), (0, True)])
def test_weights_that_fill_the_room_exactly_stay(room, resident):
    capacity = OUTPUTS + 2 * 5 * 12 + 96
    found = tiling(capacity + room).mapping(IfmapStays(5))
    assert found is not None
    assert found.weights_resident == resident
    assert found.read_bytes == 240 + 96 * (1 if resident else 4)


@pytest.mark.parametrize(("room", "resident"), [(-1, False), (0, True)])
def test_an_ifmap_that_fills_the_room_exactly_stays(room, resident):
    """Beside two sets of 4 channels; else it comes again with the second set."""
    capacity = OUTPUTS + 2 * 48 + 240
    found = tiling(capacity + room).mapping(WeightsStay(4, 5))
    assert found is not None
    assert found.ifmap_resident == resident
    assert found.read_bytes == 96 + 240 * (1 if resident else 2)


def test_two_sets_and_two_ifmap_tiles_are_the_least_where_weights_stay():
    least = OUTPUTS + 2 * 48 + 2 * 60
    assert tiling(least - 1).mapping(WeightsStay(4, 5)) is None
    found = tiling(least).mapping(WeightsStay(4, 5))
    assert found is not None
    assert (found.m_together, found.read_bytes) == (2, 96 + 2 * 240)


def test_the_only_tile_of_an_operand_is_held_once():
    """All of n, and all of m: one ifmap tile, one set of weights."""
    least = OUTPUTS + 240 + 96
    assert tiling(least - 1).mapping(WeightsStay(8, 20)) is None
    found = tiling(least).mapping(WeightsStay(8, 20))
    assert found is not None
    assert found.read_bytes == 96 + 240


def test_words_and_bursts_count_in_the_room():
    """Words of 2 bytes; a pass of 16 bytes in a burst of 32, an ifmap tile of 120 bytes in four."""
    least = 2 * OUTPUTS + 2 * 128 + 2 * 32
    changes = {"word_bytes": 2, "dram.burst_bytes": 32}
    assert tiling(least - 1, **changes).mapping(IfmapStays(5)) is None
    found = tiling(least, **changes).mapping(IfmapStays(5))
    assert found is not None
    assert found.ifmap_tile_bytes.tolist() == [128] * 4
    assert set(found.weight_tile_bytes.tolist()) == {32}
