"""DRAM's channel and the room in SMEM, cycle by cycle (rules 16, 20 and 21)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

# ("load" | "step", index of the step) or ("write-back" | "store", index of the output tile) ->
# when it began and when it had ended; a load with its latency.
Spans = dict[tuple[str, int], tuple[int, int]]


@dataclass(eq=False)
class Transfer:
    """Bytes that keep the channel, and what is to happen on the way."""

    size: int
    ready: Callable[[], bool]  # whether it may begin
    begin: Callable[[], None]
    done: Callable[[int, int], None]  # with the cycles when it began and had ended


class Channel:
    """One channel; transfers go in the order in which they stand, and none overtakes another."""

    def __init__(self, bytes_per_cycle: int, queue: list[Transfer]) -> None:
        self._rate = bytes_per_cycle
        self._queue = deque(queue)
        self._left = self._began = 0  # bytes of the transfer that is under way, and since when

    def tick(self, cycle: int) -> None:
        """Move the bytes of one cycle."""
        if not self._left and self._queue and self._queue[0].ready():
            self._queue[0].begin()
            self._left, self._began = self._queue[0].size, cycle
        moved = min(self._rate, self._left)
        self._left -= moved
        if moved and not self._left:
            self._queue.popleft().done(self._began, cycle + 1)


class Smem:
    """Room in SMEM: what is held must fit."""

    def __init__(self, capacity_bytes: int) -> None:
        self._capacity = capacity_bytes
        self._held: dict[object, int] = {}

    def hold(self, what: object, size: int) -> None:
        """Take room for something, once."""
        self._held.setdefault(what, size)
        assert sum(self._held.values()) <= self._capacity, "SMEM holds more than fits"

    def release(self, what: object) -> None:
        """Give its room back, if it has any."""
        self._held.pop(what, None)
