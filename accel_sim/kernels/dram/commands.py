"""Compiled DRAM commands of a bank: the first clock of each, and what it changes (rules D14 to D27).

A bank is the index of its record in the state.
"""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.dram import state as s
from accel_sim.kernels.jit import kernel
from workloads.kernels.types import Ints


@kernel
def row_clock(device: np.record, state: Ints, bank: int) -> int:
    """The first clock for the activate or precharge that the queue of a bank asks for, or NEVER."""
    rank, row = state[bank + s.RANK], state[bank + s.OPEN_ROW]
    if row == s.NO_ROW:  # D14
        own = max(state[bank + s.BANK_ACTIVATE], state[rank + s.ACTIVATES + state[rank + s.OLDEST_ACTIVATE]])
        return max(own, state[state[bank + s.GROUP] + s.NEXT_ACTIVATE], state[rank + s.NEXT_ACTIVATE])
    if state[state[bank + s.QUEUE_AT] + s.ROW] == row:
        return s.NEVER
    hits = state[bank + s.FIRST_READ] >= 0 or state[bank + s.FIRST_WRITE] >= 0
    if hits and state[bank + s.COLUMNS] < device.row_limit:  # D15
        return s.NEVER
    return max(state[bank + s.BANK_PRECHARGE], state[rank + s.NEXT_PRECHARGE])


@kernel
def column_clock(state: Ints, bank: int, clock: int) -> tuple[int, int]:
    """The first clock for a column command that the queue of a bank asks for, and its place there (D16)."""
    read, write = state[bank + s.FIRST_READ], state[bank + s.FIRST_WRITE]
    if read < 0 and write < 0:
        return s.NEVER, read
    rank, group, row_at = state[bank + s.RANK], state[bank + s.GROUP], state[bank + s.BANK_COLUMN]
    read_at = max(row_at, state[group + s.NEXT_READ], state[rank + s.NEXT_READ]) if read >= 0 else s.NEVER
    write_at = max(row_at, state[group + s.NEXT_WRITE], state[rank + s.NEXT_WRITE]) if write >= 0 else s.NEVER
    if read_at <= clock and write_at <= clock:
        return (read_at, read) if read < write else (write_at, write)
    return (read_at, read) if read_at <= write_at else (write_at, write)


@kernel
def bank_clock(device: np.record, state: Ints, bank: int) -> int:
    """The first clock for any command that the queue of a bank asks for, or NEVER."""
    return min(column_clock(state, bank, -1)[0], row_clock(device, state, bank))


@kernel
def find_hits(state: Ints, bank: int) -> None:
    """Note the first reads and writes of the open row in the queue of a bank."""
    row, read, write = state[bank + s.OPEN_ROW], -1, -1
    at = state[bank + s.QUEUE_AT] + s.REQUEST_FIELDS * state[bank + s.QUEUED]
    for place in range(state[bank + s.QUEUED] - 1, -1, -1):
        at -= s.REQUEST_FIELDS
        if state[at + s.ROW] == row:
            if state[at + s.WRITES]:
                write = place
            else:
                read = place
    state[bank + s.FIRST_READ], state[bank + s.FIRST_WRITE] = read, write


@kernel
def activate(device: np.record, state: Ints, bank: int, clock: int) -> None:
    """Activate, compiled: open the row of the oldest request in the queue of a bank."""
    rank, group = state[bank + s.RANK], state[bank + s.GROUP]
    state[bank + s.OPEN_ROW], state[bank + s.COLUMNS] = state[state[bank + s.QUEUE_AT] + s.ROW], 0
    state[bank + s.BANK_COLUMN] = clock + device.trcd
    state[bank + s.BANK_PRECHARGE] = clock + device.tras
    state[group + s.NEXT_ACTIVATE] = clock + device.trrd_l
    state[rank + s.NEXT_ACTIVATE] = clock + device.trrd_s
    oldest = state[rank + s.OLDEST_ACTIVATE]
    state[rank + s.ACTIVATES + oldest] = clock + device.tfaw
    state[rank + s.OLDEST_ACTIVATE] = (oldest + 1) & 3
    state[s.ACTIVATED] += 1
    find_hits(state, bank)


@kernel
def precharge(device: np.record, state: Ints, bank: int, clock: int) -> None:
    """Precharge, compiled: close the row of a bank."""
    state[bank + s.OPEN_ROW] = s.NO_ROW
    state[bank + s.FIRST_READ], state[bank + s.FIRST_WRITE] = -1, -1
    state[bank + s.BANK_ACTIVATE] = clock + device.trp
    state[state[bank + s.RANK] + s.NEXT_PRECHARGE] = clock + device.tppd


@kernel
def column(device: np.record, state: Ints, bank: int, is_write: int, clock: int) -> int:
    """Read or write a burst of a bank's open row, compiled.

    Returns:
        the clock at which its last beat is done.
    """
    rank, group, burst = state[bank + s.RANK], state[bank + s.GROUP], device.burst_clocks
    state[s.ROW_HITS] += state[bank + s.COLUMNS] > 0
    state[bank + s.COLUMNS] += 1
    # Of this kind and of the other: delay from command to data, and the field of the next command.
    if is_write:
        delay, same, other_delay, other = device.cwl, s.NEXT_WRITE, device.cl, s.NEXT_READ
        recovery = delay + burst + device.twr
        switch_l, switch_s = delay + burst + device.twtr_l, delay + burst + device.twtr_s
    else:
        delay, same, other_delay, other = device.cl, s.NEXT_READ, device.cwl, s.NEXT_WRITE
        recovery = device.trtp
        switch_l = delay + burst + device.turnaround - other_delay
        switch_s = switch_l
    state[bank + s.BANK_PRECHARGE] = max(state[bank + s.BANK_PRECHARGE], clock + recovery)  # D26
    state[group + same] = max(state[group + same], clock + max(burst, device.tccd_l))  # D22
    state[rank + same] = max(state[rank + same], clock + max(burst, device.tccd_s))
    state[group + other] = max(state[group + other], clock + switch_l)  # D23, D24
    state[rank + other] = max(state[rank + other], clock + switch_s)
    done = clock + delay + burst
    gap, second = (0 if is_write else device.trtrs), state[rank + s.NEXT_RANK]
    while second != rank:  # D25
        state[second + same] = max(state[second + same], done + gap - delay)
        state[second + other] = max(state[second + other], done + device.trtrs - other_delay)
        second = state[second + s.NEXT_RANK]
    return done
