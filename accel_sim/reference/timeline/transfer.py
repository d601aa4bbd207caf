"""DRAM's channel, cycle by cycle: one load or store after another (rules 20 to 21)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from accel_sim.dram.bandwidth import cycles_per_clock
from accel_sim.machine import BankedDram, Machine
from accel_sim.reference.dram.serve import SteppedDram


@dataclass(eq=False)
class Transfer:
    """Bursts that keep the channel, and what is to happen on the way."""

    bursts: list[int]  # where they lie in DRAM
    is_write: bool
    ready: Callable[[], bool]  # whether it may begin
    begin: Callable[[], None]
    done: Callable[[int, int], None]  # with the cycles in which it began and at which its bytes are there


class SimpleChannel:
    """Bandwidth and latency; transfers go in the order in which they stand, and none overtakes another."""

    activates = 0

    def __init__(self, machine: Machine, queue: list[Transfer]) -> None:
        assert not isinstance(machine.dram, BankedDram)
        self._rate = min(machine.dram.bandwidth_bytes_per_cycle, machine.smem.bandwidth_bytes_per_cycle)
        self._burst, self._latency = machine.dram.burst_bytes, machine.dram.latency_cycles
        self._queue = deque(queue)
        self._left = self._began = 0  # bytes of the transfer that is under way, and since when

    def tick(self, cycle: int) -> None:
        """Move the bytes of one cycle."""
        if not self._left and self._queue and self._queue[0].ready():
            self._queue[0].begin()
            self._left, self._began = len(self._queue[0].bursts) * self._burst, cycle
        moved = min(self._rate, self._left)
        self._left -= moved
        if moved and not self._left:
            transfer = self._queue.popleft()
            transfer.done(self._began, cycle + 1 + (0 if transfer.is_write else self._latency))


class BankedChannel:
    """A banked DRAM with its own clock (rule 20a)."""

    def __init__(self, machine: Machine, queue: list[Transfer]) -> None:
        assert isinstance(machine.dram, BankedDram)
        self._dram = SteppedDram(machine.dram.loaded)
        self._bursts = machine.dram.loaded.bursts
        self._cycles_per_clock: Fraction = cycles_per_clock(machine)
        self._queue = deque(queue)
        self._began: int | None = None  # of the transfer that is under way
        self._stores: list[tuple[int, int, Transfer]] = []  # on their last way: done at, began, which

    @property
    def activates(self) -> int:
        """Rows opened so far."""
        return self._dram.activates

    def tick(self, cycle: int) -> None:
        """Step the clocks of the DRAM that lie in one cycle."""
        while self._dram.clock * self._cycles_per_clock < cycle + 1:
            self._tick_clock(cycle)
        for store in [store for store in self._stores if store[0] <= cycle + 1]:
            self._stores.remove(store)
            store[2].done(store[1], store[0])

    def _tick_clock(self, cycle: int) -> None:
        if self._began is None and self._queue and self._queue[0].ready():
            transfer = self._queue[0]
            transfer.begin()
            self._began = cycle
            bursts = [burst % self._bursts for burst in transfer.bursts]
            self._dram.begin(bursts, [transfer.is_write] * len(bursts))
        batch = self._dram.tick()
        if batch is None:
            return
        transfer, began = self._queue.popleft(), self._began
        assert began is not None
        self._began = None
        there = -int(-max(batch.finish) * self._cycles_per_clock // 1)  # rounded up
        if transfer.is_write:  # its buffer is free at that cycle, and not before
            self._stores.append((there, began, transfer))
        else:
            transfer.done(began, there)


def make_channel(machine: Machine, queue: list[Transfer]) -> SimpleChannel | BankedChannel:
    """The channel of a machine, with all its transfers before it."""
    return (BankedChannel if isinstance(machine.dram, BankedDram) else SimpleChannel)(machine, queue)
