"""Requests on their way into a channel and on into the queues of its banks (rules D9 to D13)."""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.dram.commands import (
    bank_clock,
)
from accel_sim.kernels.dram.state import (
    ACTIVE,
    ACTIVE_AT,
    BANK,
    BANK_FIELDS,
    BANK_QUEUE,
    BANK_SHIFT,
    BANKS,
    BANKS_AT,
    BLOCKED,
    CHANNEL_FIELDS,
    CHANNEL_SHIFT,
    CHANNELS,
    CHANNELS_AT,
    COMMAND_AT,
    COUNT,
    DRAINING,
    FIRST_READ,
    FIRST_WRITE,
    FREED,
    GROUP_SHIFT,
    GROUPS,
    MOVE_AT,
    NEVER,
    OLDEST,
    OPEN_ROW,
    QUEUE_AT,
    QUEUED,
    RANK,
    RANK_SHIFT,
    RANKS,
    REFRESH_AT,
    REFRESH_RANK,
    REQUEST,
    REQUEST_FIELDS,
    RING_AT,
    ROW,
    ROW_MASK,
    ROW_SHIFT,
    WINDOW,
    WINDOW_FIELDS,
    WINDOWS,
    WRITES,
)
from accel_sim.kernels.jit import kernel


@kernel
def window_of(device, state, burst, write):
    """The index of the window that a request belongs to."""
    c = (burst >> device[CHANNEL_SHIFT]) & (device[CHANNELS] - 1)
    return state[CHANNELS_AT] + c * CHANNEL_FIELDS + WINDOWS + np.int64(write) * WINDOW_FIELDS


@kernel
def slot(device, state, window, place):
    """The index of a request of a window, counted from the oldest."""
    at = state[window + OLDEST] + place
    if at >= device[WINDOW]:
        at -= device[WINDOW]
    return state[window + RING_AT] + at * REQUEST_FIELDS


@kernel
def enter(device, state, window, request, burst, write, clock):
    """Put a request into its window, which has room."""
    c = (burst >> device[CHANNEL_SHIFT]) & (device[CHANNELS] - 1)
    rank = c * device[RANKS] + ((burst >> device[RANK_SHIFT]) & (device[RANKS] - 1))
    group = rank * device[GROUPS] + ((burst >> device[GROUP_SHIFT]) & (device[GROUPS] - 1))
    bank = group * device[BANKS] + ((burst >> device[BANK_SHIFT]) & (device[BANKS] - 1))
    at = slot(device, state, window, state[window + COUNT])
    state[at + REQUEST] = request
    state[at + BANK] = state[BANKS_AT] + bank * BANK_FIELDS
    state[at + ROW] = (burst >> device[ROW_SHIFT]) & device[ROW_MASK]
    state[at + WRITES] = write
    state[window + COUNT] += 1
    channel = window - (WINDOWS + np.int64(write) * WINDOW_FIELDS)
    state[channel + MOVE_AT] = clock


@kernel
def find_free(device, state, window):
    """The place of the oldest request of a window whose bank has room, or -1."""
    freed, state[window + FREED] = state[window + FREED], 0
    if freed and state[freed + QUEUED] < device[BANK_QUEUE]:  # of those blocked only one for it can go
        for place in range(state[window + BLOCKED]):
            if state[slot(device, state, window, place) + BANK] == freed:
                state[window + BLOCKED] -= 1
                return place
    for place in range(state[window + BLOCKED], state[window + COUNT]):
        if state[state[slot(device, state, window, place) + BANK] + QUEUED] < device[BANK_QUEUE]:
            state[window + BLOCKED] = place
            return place
    state[window + BLOCKED] = state[window + COUNT]
    return np.int64(-1)


@kernel
def queue_up(device, state, channel, waiting, clock):
    """Put a request into the queue of its bank, which has room."""
    bank = state[waiting + BANK]
    place = state[bank + QUEUED]
    at = state[bank + QUEUE_AT] + place * REQUEST_FIELDS
    for field in range(REQUEST_FIELDS):
        state[at + field] = state[waiting + field]
    state[bank + QUEUED] += 1
    if state[waiting + ROW] == state[bank + OPEN_ROW]:
        first = bank + (FIRST_WRITE if state[waiting + WRITES] else FIRST_READ)
        if state[first] < 0:
            state[first] = place
    if place == 0:
        i = state[channel + ACTIVE_AT] + state[channel + ACTIVE]
        while i > state[channel + ACTIVE_AT] and state[i - 1] > bank:
            state[i] = state[i - 1]
            i -= 1
        state[i] = bank
        state[channel + ACTIVE] += 1
    if state[channel + REFRESH_AT] > clock or state[bank + RANK] != state[channel + REFRESH_RANK]:
        ready = max(bank_clock(device, state, bank), clock + 1)
        state[channel + COMMAND_AT] = min(state[channel + COMMAND_AT], ready)


@kernel
def move_step(device, state, channel, clock):
    """Move a request from a window of a channel to the queue of its bank, if one can go (D11, D12)."""
    reads = channel + WINDOWS
    writes = reads + WINDOW_FIELDS
    waiting = state[writes + COUNT]
    if state[channel + DRAINING] == 0 and (waiting == device[WINDOW] or state[reads + COUNT] == 0):
        state[channel + DRAINING] = waiting
    window = writes if state[channel + DRAINING] > 0 else reads
    place = find_free(device, state, window)
    if place < 0:
        state[channel + MOVE_AT] = NEVER
        return
    state[channel + MOVE_AT] = clock + 1
    state[channel + DRAINING] -= window == writes
    queue_up(device, state, channel, slot(device, state, window, place), clock)
    for i in range(place, 0, -1):  # those before it close up
        to, of = slot(device, state, window, i), slot(device, state, window, i - 1)
        for field in range(REQUEST_FIELDS):
            state[to + field] = state[of + field]
    state[window + OLDEST] += 1
    if state[window + OLDEST] == device[WINDOW]:
        state[window + OLDEST] = 0
    state[window + COUNT] -= 1
