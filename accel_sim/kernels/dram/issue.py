"""What a channel of a DRAM issues in a clock (rules D28 to D31).

Channels and banks are the indices of their records in the state.
"""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.dram.commands import (
    activate,
    bank_clock,
    column,
    column_clock,
    precharge,
    row_clock,
)
from accel_sim.kernels.dram.state import (
    ACTIVE,
    ACTIVE_AT,
    BANK_ACTIVATE,
    BANK_FIELDS,
    BANK_PRECHARGE,
    BANKS,
    BLOCKED,
    COMMAND_AT,
    COUNT,
    FIRST_BANK,
    FIRST_READ,
    FIRST_WRITE,
    FREED,
    GROUPS,
    LAST_BANK,
    NEVER,
    NEXT_PRECHARGE,
    NEXT_RANK,
    NO_ROW,
    OPEN_ROW,
    QUEUE_AT,
    QUEUED,
    RANK,
    RANKS,
    REFRESH_AT,
    REFRESH_RANK,
    REFRESHES,
    REQUEST,
    REQUEST_FIELDS,
    ROW,
    TREFI,
    TRFC,
    TWO_BUSES,
    WINDOW_FIELDS,
    WINDOWS,
    WRITES,
)
from accel_sim.kernels.jit import kernel

ANY, ROW_COMMAND, COLUMN_COMMAND = 0, 1, 2


@kernel
def refresh_step(device, state, channel, clock):
    """The next command that the refresh at work needs (D31), if it is allowed at ``clock``.

    Returns:
        whether there was one, and else the first clock that allows one.
    """
    rank = state[channel + REFRESH_RANK]
    first = state[rank + FIRST_BANK]
    last = first + device[GROUPS] * device[BANKS] * BANK_FIELDS
    closed, open_at = np.int64(0), NEVER
    for bank in range(first, last, BANK_FIELDS):
        if state[bank + OPEN_ROW] == NO_ROW:
            closed = max(closed, state[bank + BANK_ACTIVATE])
            continue
        at = max(state[bank + BANK_PRECHARGE], state[rank + NEXT_PRECHARGE])
        if at <= clock:
            precharge(device, state, bank, clock)
            return True, clock
        open_at = min(open_at, at)
    if open_at < NEVER:
        return False, open_at
    if closed > clock:
        return False, closed
    for bank in range(first, last, BANK_FIELDS):
        state[bank + BANK_ACTIVATE] = clock + device[TRFC]
    state[channel + REFRESH_AT] += device[TREFI] // device[RANKS]
    state[channel + REFRESH_RANK] = state[rank + NEXT_RANK]
    state[REFRESHES] += 1
    return True, clock


@kernel
def take(state, channel, bank, place):
    """Take a request out of the queue of a bank (D17)."""
    state[bank + QUEUED] -= 1
    left = state[bank + QUEUED]
    at = state[bank + QUEUE_AT] + place * REQUEST_FIELDS
    row, writes = state[at + ROW], state[at + WRITES]
    for i in range(at, state[bank + QUEUE_AT] + left * REQUEST_FIELDS):
        state[i] = state[i + REQUEST_FIELDS]
    first = bank + (FIRST_WRITE if writes else FIRST_READ)  # it was the first of its kind
    while place < left and (state[at + ROW] != row or state[at + WRITES] != writes):
        place += 1
        at += REQUEST_FIELDS
    other = bank + FIRST_READ + FIRST_WRITE - (first - bank)
    state[other] -= state[other] > state[first]
    state[first] = place if place < left else -1
    for w in range(2):
        window = channel + WINDOWS + w * WINDOW_FIELDS
        if state[window + FREED] == 0 and state[window + BLOCKED] == state[window + COUNT]:
            state[window + FREED] = bank
        else:
            state[window + FREED], state[window + BLOCKED] = 0, 0
    if state[bank + QUEUED] == 0:
        i = state[channel + ACTIVE_AT]
        while state[i] != bank:
            i += 1
        state[channel + ACTIVE] -= 1
        for j in range(i, state[channel + ACTIVE_AT] + state[channel + ACTIVE]):
            state[j] = state[j + 1]


@kernel
def issue(device, state, channel, clock, kind, finish):
    """Issue the first command of a kind that is allowed (D30).

    Returns:
        the kind of the command, or ANY for none.
    """
    count, active = state[channel + ACTIVE], state[channel + ACTIVE_AT]
    at = active
    while at < active + count and state[at] <= state[channel + LAST_BANK]:
        at += 1
    at_work = state[channel + REFRESH_RANK] if state[channel + REFRESH_AT] <= clock else np.int64(0)
    for _ in range(count):
        if at == active + count:
            at = active
        bank = state[at]
        at += 1
        if state[bank + RANK] == at_work:
            continue
        if kind != COLUMN_COMMAND and row_clock(device, state, bank) <= clock:
            if state[bank + OPEN_ROW] == NO_ROW:
                activate(device, state, bank, clock)
            else:
                precharge(device, state, bank, clock)
            state[channel + LAST_BANK] = bank
            return ROW_COMMAND
        if kind != ROW_COMMAND:
            ready, place = column_clock(state, bank, clock)
            if ready <= clock:
                waiting = state[bank + QUEUE_AT] + place * REQUEST_FIELDS
                done = column(device, state, bank, state[waiting + WRITES], clock)
                finish[state[waiting + REQUEST]] = done
                take(state, channel, bank, place)
                state[channel + LAST_BANK] = bank
                return COLUMN_COMMAND
    return ANY


@kernel
def next_command(device, state, channel, clock, refresh_at):
    """A clock after ``clock`` before which the channel has no command to issue.

    Args:
        refresh_at: the first clock for what the refresh at work needs.
    """
    earliest, at_work = state[channel + REFRESH_AT], np.int64(0)
    if earliest <= clock:
        earliest, at_work = refresh_at, state[channel + REFRESH_RANK]
    active = state[channel + ACTIVE_AT]
    for at in range(active, active + state[channel + ACTIVE]):
        bank = state[at]
        if state[bank + RANK] != at_work:
            earliest = min(earliest, bank_clock(device, state, bank))
    return max(earliest, clock + 1)


@kernel
def command_step(device, state, channel, clock, finish):
    """What a channel issues in a clock (D29).

    Returns:
        how many requests it served, 0 or 1.
    """
    issued, refresh_at = ANY, NEVER
    if state[channel + REFRESH_AT] <= clock:
        done, refresh_at = refresh_step(device, state, channel, clock)
        if done:
            issued = ROW_COMMAND
    if issued == ANY:
        issued = issue(device, state, channel, clock, ANY, finish)
    served = issued == COLUMN_COMMAND
    if device[TWO_BUSES] and issued != ANY:
        second = ROW_COMMAND if served else COLUMN_COMMAND
        served = issue(device, state, channel, clock, second, finish) == COLUMN_COMMAND or served
    state[channel + COMMAND_AT] = next_command(device, state, channel, clock, refresh_at)
    return np.int64(served)
