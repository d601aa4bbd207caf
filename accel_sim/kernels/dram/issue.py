"""Compiled: the refresh or command that a DRAM channel issues in a clock, or next (rules D28 to D31).

Channels and banks are the indices of their records in the state.
"""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.dram import state as s
from accel_sim.kernels.dram.commands import activate, bank_clock, column, column_clock, precharge, row_clock
from accel_sim.kernels.dram.window import take
from accel_sim.kernels.jit import kernel
from workloads.kernels.types import Ints

ANY, ROW_COMMAND, COLUMN_COMMAND = 0, 1, 2


@kernel
def refresh_step(device: np.record, state: Ints, dram_channel: int, clock: int) -> tuple[bool, int]:
    """Issue the next command that the refresh at work needs (D31), if it is allowed at ``clock``.

    Returns:
        whether there was one, and else the first clock that allows one.
    """
    rank = state[dram_channel + s.REFRESH_RANK]
    first = state[rank + s.FIRST_BANK]
    last = first + device.bank_groups * device.banks_per_group * s.BANK_FIELDS
    closed, open_at = 0, s.NEVER
    for bank in range(first, last, s.BANK_FIELDS):
        if state[bank + s.OPEN_ROW] == s.NO_ROW:
            closed = max(closed, state[bank + s.BANK_ACTIVATE])
            continue
        at = max(state[bank + s.BANK_PRECHARGE], state[rank + s.NEXT_PRECHARGE])
        if at <= clock:
            precharge(device, state, bank, clock)
            return True, clock
        open_at = min(open_at, at)
    if open_at < s.NEVER:
        return False, open_at
    if closed > clock:
        return False, closed
    for bank in range(first, last, s.BANK_FIELDS):
        state[bank + s.BANK_ACTIVATE] = clock + device.trfc
    state[dram_channel + s.REFRESH_AT] += device.trefi // device.ranks
    state[dram_channel + s.REFRESH_RANK] = state[rank + s.NEXT_RANK]
    state[s.REFRESHES] += 1
    return True, clock


@kernel
def issue(device: np.record, state: Ints, dram_channel: int, clock: int, kind: int, finish: Ints) -> int:
    """Issue the first command of a kind that a DRAM channel allows (D30).

    Returns:
        the kind of the command, or ANY for none.
    """
    count, active = state[dram_channel + s.ACTIVE], state[dram_channel + s.ACTIVE_AT]
    at = active
    while at < active + count and state[at] <= state[dram_channel + s.LAST_BANK]:
        at += 1
    at_work = state[dram_channel + s.REFRESH_RANK] if state[dram_channel + s.REFRESH_AT] <= clock else 0
    for _ in range(count):
        if at == active + count:
            at = active
        bank = state[at]
        at += 1
        if state[bank + s.RANK] == at_work:
            continue
        if kind != COLUMN_COMMAND and row_clock(device, state, bank) <= clock:
            if state[bank + s.OPEN_ROW] == s.NO_ROW:
                activate(device, state, bank, clock)
            else:
                precharge(device, state, bank, clock)
            state[dram_channel + s.LAST_BANK] = bank
            return ROW_COMMAND
        if kind != ROW_COMMAND:
            ready, place = column_clock(state, bank, clock)
            if ready <= clock:
                waiting = state[bank + s.QUEUE_AT] + place * s.REQUEST_FIELDS
                done = column(device, state, bank, state[waiting + s.WRITES], clock)
                finish[state[waiting + s.REQUEST]] = done
                take(state, dram_channel, bank, place)
                state[dram_channel + s.LAST_BANK] = bank
                return COLUMN_COMMAND
    return ANY


@kernel
def next_command(device: np.record, state: Ints, dram_channel: int, clock: int, refresh_at: int) -> int:
    """A clock after ``clock`` before which the channel has no command to issue.

    Args:
        refresh_at: the first clock for what the refresh at work needs.
    """
    earliest, at_work = state[dram_channel + s.REFRESH_AT], 0
    if earliest <= clock:
        earliest, at_work = refresh_at, state[dram_channel + s.REFRESH_RANK]
    active = state[dram_channel + s.ACTIVE_AT]
    for at in range(active, active + state[dram_channel + s.ACTIVE]):
        bank = state[at]
        if state[bank + s.RANK] != at_work:
            earliest = min(earliest, bank_clock(device, state, bank))
    return max(earliest, clock + 1)


@kernel
def command_step(device: np.record, state: Ints, dram_channel: int, clock: int, finish: Ints) -> int:
    """What a DRAM channel issues in a clock (D29).

    Returns:
        how many requests it served, 0 or 1.
    """
    issued, refresh_at = ANY, s.NEVER
    if state[dram_channel + s.REFRESH_AT] <= clock:
        done, refresh_at = refresh_step(device, state, dram_channel, clock)
        if done:
            issued = ROW_COMMAND
    if issued == ANY:
        issued = issue(device, state, dram_channel, clock, ANY, finish)
    served = issued == COLUMN_COMMAND
    if device.two_buses and issued != ANY:
        second = ROW_COMMAND if served else COLUMN_COMMAND
        served = issue(device, state, dram_channel, clock, second, finish) == COLUMN_COMMAND or served
    state[dram_channel + s.COMMAND_AT] = next_command(device, state, dram_channel, clock, refresh_at)
    return int(served)
