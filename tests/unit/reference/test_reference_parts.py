"""Parts of the stepped reference by hand: who takes which channel, and how long a tile stays."""

import pytest

from accel_sim.reference.architectures.shared.distribution import deal, order_of
from accel_sim.reference.timeline.plan import Step, _load_tiles
from accel_sim.reference.timeline.room import Smem
from accel_sim.reference.timeline.tiles import Tile


def test_in_turn_every_worker_takes_the_next_whatever_it_costs():
    assert deal("abcdefg", [9, 1, 1, 1, 1, 1, 1], 3, dynamic=False) == [
        ["a", "d", "g"],
        ["b", "e"],
        ["c", "f"],
    ]


def test_who_is_done_first_takes_the_next_and_of_equals_the_first():
    # a: 0 to 4, b: 0 to 1, c: 0 to 2; d begins at 1 beside b, e at 2: b and c are both free, b is first.
    assert deal("abcdef", [4, 1, 2, 1, 3, 1], 3, dynamic=True) == [["a"], ["b", "d", "e"], ["c", "f"]]


def test_what_costs_nothing_leaves_a_worker_first():
    assert deal("abc", [0, 0, 5], 2, dynamic=True) == [["a", "b", "c"], []]


def test_channels_go_as_they_are_or_by_their_survivors_of_equals_the_first():
    survivors = [2, 5, 2, 0, 5]
    assert order_of(survivors, "row") == order_of(survivors, "dynamic") == (0, 1, 2, 3, 4)
    assert order_of(survivors, "row_sorted") == (1, 4, 0, 2, 3)


def steps_with(keys: list[int]) -> list[Step]:
    """Steps of which only the loads matter."""
    return [Step(None, (), range(1), True, True, key, 0) for key in keys]  # type: ignore[arg-type]


def tiles_of(bursts: list[int], burst: int) -> list[Tile]:
    return [Tile(count * burst, 0, count * burst, frozenset()) for count in bursts]


def loads(steps: list[Step]) -> list[list[tuple[int, int]]]:
    """Of each step the first and last burst of every slice that comes with it."""
    return [[(piece.first, piece.last) for piece in step.load] for step in steps]


KEYS = [0, 0, 0, 1, 1, 0, 0, 2]
BURSTS = [4, 5, 3]


def test_a_tile_that_stays_for_good_is_loaded_once_and_given_back_at_the_end():
    steps, tiles = steps_with(KEYS), tiles_of(BURSTS, 2)
    used = _load_tiles(KEYS, tiles, True, steps, 2)
    # Rule 17: the first whole with step 0; the 5 bursts of the second in 3 slices, from step 1 to step 3;
    # the 3 of the third in 2, while the first is used again.
    assert loads(steps) == [[(0, 4)], [(0, 1)], [(1, 3)], [(3, 5)], [], [], [(0, 1)], [(1, 3)]]
    assert [used[0] is tile for tile in used] == [True, True, True, False, False, True, True, False]
    assert {tile.last_step for tile in used} == {len(KEYS)}  # no step is the last that needs it


def test_a_tile_that_does_not_stay_is_another_stay_each_time_it_comes():
    steps, tiles = steps_with(KEYS), tiles_of(BURSTS, 2)
    used = _load_tiles(KEYS, tiles, False, steps, 2)
    # The first comes again in 2 slices while the second is used, from step 4 to step 5.
    expected = [[(0, 4)], [(0, 1)], [(1, 3)], [(3, 5)], [(0, 2)], [(2, 4)], [(0, 1)], [(1, 3)]]
    assert loads(steps) == expected
    assert used[5] is used[6] is not used[0]
    assert [tile.last_step for tile in used] == [2, 2, 2, 4, 4, 6, 6, 7]


def test_room_is_taken_once_given_back_and_never_beyond_the_capacity():
    smem, tile = Smem(10), object()
    smem.hold(tile, 6)
    smem.hold(tile, 6)  # another slice of the same tile
    smem.hold("other", 4)  # to the last byte
    with pytest.raises(AssertionError, match="more than fits"):
        smem.hold("third", 1)
    smem.release("third")
    smem.release(tile)
    smem.hold("fourth", 6)
