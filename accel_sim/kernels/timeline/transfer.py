"""Compiled: the path between DRAM and SMEM moves one load or store after another (rules 20 and 21)."""

from __future__ import annotations

from typing import NamedTuple

from accel_sim.kernels.dram.serve import serve
from accel_sim.kernels.jit import kernel
from accel_sim.kernels.timeline.rounding import ceil_div
from workloads.kernels.types import Ints, Records


class TransferNumbers(NamedTuple):
    """The numbers of the path between DRAM and SMEM."""

    burst_bytes: int
    bytes_per_cycle: int  # of a simple DRAM, as is its latency
    latency_cycles: int
    cycles_numerator: int  # of a banked one: cycles of the machine a clock, a fraction
    cycles_denominator: int
    bursts: int  # that a banked one holds; 0 for a simple one


class BankedState(NamedTuple):
    """What a banked DRAM remembers, and room for the largest transfer; empty for a simple one."""

    state: Ints  # of :func:`accel_sim.kernels.dram.state.new_state`
    requests: Ints  # [bursts of the largest transfer]
    finish: Ints  # likewise


class Run(NamedTuple):
    """Bursts one after another."""

    at: int  # the first
    bursts: int


class Moved(NamedTuple):
    """When a transfer takes place."""

    begin: int  # cycle
    free: int  # when the path is: a cycle for a simple DRAM, a clock of the DRAM for a banked one
    end: int  # the cycle at which its bytes are there


@kernel
def move(
    transfer: TransferNumbers,
    devices: Records | None,
    banked: BankedState,
    first: Run,
    second: Run,
    is_write: bool,
    ready: int,
    free: int,
) -> Moved:
    """Move the bursts of a load or a store, which may begin at cycle ``ready``.

    Args:
        devices: [1] of :data:`accel_sim.kernels.dram.state.DEVICE`; None for a simple DRAM. That numba sees
            while it compiles, and leaves the banked one (a third of all that a first run waits for) out.
        first, second: what moves, one after the other.
        free: when the path is, as :class:`Moved` has it.
    """
    if devices is None:
        begin = max(free, ready)
        free = begin + ceil_div(
            (first.bursts + second.bursts) * transfer.burst_bytes, transfer.bytes_per_cycle
        )
        return Moved(begin, free, free if is_write else free + transfer.latency_cycles)
    for i in range(first.bursts):
        banked.requests[i] = (first.at + i) % transfer.bursts
    for i in range(second.bursts):
        banked.requests[first.bursts + i] = (second.at + i) % transfer.bursts
    requests = banked.requests[: first.bursts + second.bursts]
    begin = max(free, ceil_div(ready * transfer.cycles_denominator, transfer.cycles_numerator))
    free, end = serve(devices, banked.state, requests, is_write, begin, banked.finish)
    return Moved(
        begin * transfer.cycles_numerator // transfer.cycles_denominator,
        free,
        ceil_div(end * transfer.cycles_numerator, transfer.cycles_denominator),
    )


@kernel
def largest_transfer(steps: Records, word_bytes: int, burst_bytes: int) -> int:
    """Bursts of the largest load or store of any step."""
    most = 0
    for s in range(steps.shape[0]):
        step = steps[s]
        outputs = ceil_div(step.out_channels * step.columns * word_bytes, burst_bytes)
        most = max(most, outputs, step.weights_bursts + step.ifmap_bursts)
    return most
