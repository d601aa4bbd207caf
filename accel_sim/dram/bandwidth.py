"""What a machine's DRAM can bring at best: the numbers that tiles, bounds and counters need."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from accel_sim.machine import BankedDram, Machine

FINEST_CLOCK = 10**6  # denominators of a ratio of clocks stay below it, so that int64 holds all products


class Channel(NamedTuple):
    """DRAM and SMEM's port to it, as one: ``bytes_per_cycle`` is what flows when nothing waits."""

    burst_bytes: int
    bytes_per_cycle: Fraction

    def cycles(self, size: int) -> int:
        """The least cycles in which ``size`` bytes pass."""
        return -(-size * self.bytes_per_cycle.denominator // self.bytes_per_cycle.numerator)


def channel_of(machine: Machine) -> Channel:
    """The channel of a machine (rules 20 and 28): as wide as the narrower of DRAM and SMEM's port."""
    dram = machine.dram
    if isinstance(dram, BankedDram):
        device = dram.loaded
        return Channel(device.request_bytes, device.peak_bytes_per_clock / cycles_per_clock(machine))
    rate = min(dram.bandwidth_bytes_per_cycle, machine.smem.bandwidth_bytes_per_cycle)
    return Channel(dram.burst_bytes, Fraction(rate))


def cycles_per_clock(machine: Machine) -> Fraction:
    """Cycles of the machine that one clock of its banked DRAM lasts."""
    assert isinstance(machine.dram, BankedDram)
    ratio = Fraction(machine.clock_hz) * machine.dram.loaded.tck_ps / 10**12
    return ratio.limit_denominator(FINEST_CLOCK)
