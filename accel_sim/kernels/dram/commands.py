"""DRAM commands: from which clock on each is allowed, and what it changes (rules D14 to D27).

A bank is the index of its record in the state.
"""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.dram.state import (
    ACTIVATED,
    ACTIVATES,
    BANK_ACTIVATE,
    BANK_COLUMN,
    BANK_PRECHARGE,
    BURST,
    CL,
    COLUMNS,
    CWL,
    FIRST_READ,
    FIRST_WRITE,
    GROUP,
    NEVER,
    NEXT_ACTIVATE,
    NEXT_PRECHARGE,
    NEXT_RANK,
    NEXT_READ,
    NEXT_WRITE,
    NO_ROW,
    OLDEST_ACTIVATE,
    OPEN_ROW,
    QUEUE_AT,
    QUEUED,
    RANK,
    REQUEST_FIELDS,
    ROW,
    ROW_HITS,
    ROW_LIMIT,
    TCCD_L,
    TCCD_S,
    TFAW,
    TPPD,
    TRAS,
    TRCD,
    TRP,
    TRRD_L,
    TRRD_S,
    TRTP,
    TRTRS,
    TURNAROUND,
    TWR,
    TWTR_L,
    TWTR_S,
    WRITES,
)
from accel_sim.kernels.jit import kernel


@kernel
def row_clock(device, state, bank):
    """The first clock for the activate or precharge that the queue of a bank asks for, or NEVER."""
    rank, row = state[bank + RANK], state[bank + OPEN_ROW]
    if row == NO_ROW:  # D14
        own = max(state[bank + BANK_ACTIVATE], state[rank + ACTIVATES + state[rank + OLDEST_ACTIVATE]])
        return max(own, state[state[bank + GROUP] + NEXT_ACTIVATE], state[rank + NEXT_ACTIVATE])
    if state[state[bank + QUEUE_AT] + ROW] == row:
        return NEVER
    hits = state[bank + FIRST_READ] >= 0 or state[bank + FIRST_WRITE] >= 0
    if hits and state[bank + COLUMNS] < device[ROW_LIMIT]:  # D15
        return NEVER
    return max(state[bank + BANK_PRECHARGE], state[rank + NEXT_PRECHARGE])


@kernel
def column_clock(state, bank, clock):
    """The first clock for a column command that the queue of a bank asks for, and its place there (D16)."""
    read, write = state[bank + FIRST_READ], state[bank + FIRST_WRITE]
    if read < 0 and write < 0:
        return NEVER, read
    rank, group, row_at = state[bank + RANK], state[bank + GROUP], state[bank + BANK_COLUMN]
    read_at = max(row_at, state[group + NEXT_READ], state[rank + NEXT_READ]) if read >= 0 else NEVER
    write_at = max(row_at, state[group + NEXT_WRITE], state[rank + NEXT_WRITE]) if write >= 0 else NEVER
    if read_at <= clock and write_at <= clock:
        return (read_at, read) if read < write else (write_at, write)
    return (read_at, read) if read_at <= write_at else (write_at, write)


@kernel
def bank_clock(device, state, bank):
    """The first clock for any command that the queue of a bank asks for, or NEVER."""
    return min(column_clock(state, bank, np.int64(-1))[0], row_clock(device, state, bank))


@kernel
def find_hits(state, bank):
    """Note the first reads and writes of the open row in the queue of a bank."""
    row, read, write = state[bank + OPEN_ROW], -1, -1
    at = state[bank + QUEUE_AT] + REQUEST_FIELDS * state[bank + QUEUED]
    for place in range(state[bank + QUEUED] - 1, -1, -1):
        at -= REQUEST_FIELDS
        if state[at + ROW] == row:
            if state[at + WRITES]:
                write = place
            else:
                read = place
    state[bank + FIRST_READ], state[bank + FIRST_WRITE] = read, write


@kernel
def activate(device, state, bank, clock):
    """Open the row of the oldest request in the queue."""
    rank, group = state[bank + RANK], state[bank + GROUP]
    state[bank + OPEN_ROW], state[bank + COLUMNS] = state[state[bank + QUEUE_AT] + ROW], 0
    state[bank + BANK_COLUMN] = clock + device[TRCD]
    state[bank + BANK_PRECHARGE] = clock + device[TRAS]
    state[group + NEXT_ACTIVATE] = clock + device[TRRD_L]
    state[rank + NEXT_ACTIVATE] = clock + device[TRRD_S]
    oldest = state[rank + OLDEST_ACTIVATE]
    state[rank + ACTIVATES + oldest] = clock + device[TFAW]
    state[rank + OLDEST_ACTIVATE] = (oldest + 1) & 3
    state[ACTIVATED] += 1
    find_hits(state, bank)


@kernel
def precharge(device, state, bank, clock):
    """Close the row."""
    state[bank + OPEN_ROW] = NO_ROW
    state[bank + FIRST_READ], state[bank + FIRST_WRITE] = -1, -1
    state[bank + BANK_ACTIVATE] = clock + device[TRP]
    state[state[bank + RANK] + NEXT_PRECHARGE] = clock + device[TPPD]


@kernel
def column(device, state, bank, is_write, clock):
    """Read or write a burst of the open row.

    Returns:
        the clock at which its last beat is done.
    """
    rank, group, burst = state[bank + RANK], state[bank + GROUP], device[BURST]
    state[ROW_HITS] += state[bank + COLUMNS] > 0
    state[bank + COLUMNS] += 1
    # Of this kind and of the other: delay from command to data, and the field of the next command.
    if is_write:
        delay, same, other_delay, other = device[CWL], NEXT_WRITE, device[CL], NEXT_READ
        recovery = delay + burst + device[TWR]
        switch_l, switch_s = delay + burst + device[TWTR_L], delay + burst + device[TWTR_S]
    else:
        delay, same, other_delay, other = device[CL], NEXT_READ, device[CWL], NEXT_WRITE
        recovery = device[TRTP]
        switch_l = delay + burst + device[TURNAROUND] - other_delay
        switch_s = switch_l
    state[bank + BANK_PRECHARGE] = max(state[bank + BANK_PRECHARGE], clock + recovery)  # D26
    state[group + same] = max(state[group + same], clock + max(burst, device[TCCD_L]))  # D22
    state[rank + same] = max(state[rank + same], clock + max(burst, device[TCCD_S]))
    state[group + other] = max(state[group + other], clock + switch_l)  # D23, D24
    state[rank + other] = max(state[rank + other], clock + switch_s)
    done = clock + delay + burst
    gap, second = (0 if is_write else device[TRTRS]), state[rank + NEXT_RANK]
    while second != rank:  # D25
        state[second + same] = max(state[second + same], done + gap - delay)
        state[second + other] = max(state[second + other], done + device[TRTRS] - other_delay)
        second = state[second + NEXT_RANK]
    return done
