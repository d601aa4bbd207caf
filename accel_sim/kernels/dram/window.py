"""Compiled: requests in a channel's windows, into banks' queues and out (rules D9 to D13 and D17)."""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.dram import state as s
from accel_sim.kernels.dram.commands import bank_clock
from accel_sim.kernels.jit import kernel
from workloads.kernels.types import Ints


@kernel
def window_of(device: np.record, state: Ints, burst: int, write: bool) -> int:
    """The index of the window of a DRAM channel that a request belongs to."""
    c = (burst >> device.channel_shift) & (device.channels - 1)
    return state[s.CHANNELS_AT] + c * s.CHANNEL_FIELDS + s.WINDOWS + np.int64(write) * s.WINDOW_FIELDS


@kernel
def slot(device: np.record, state: Ints, window: int, place: int) -> int:
    """The index of a request of a window, counted from the oldest."""
    at = state[window + s.OLDEST] + place
    if at >= device.window:
        at -= device.window
    return state[window + s.RING_AT] + at * s.REQUEST_FIELDS


@kernel
def enter(
    device: np.record, state: Ints, window: int, request: int, burst: int, write: bool, clock: int
) -> None:
    """Put a request into its window, which has room, compiled."""
    c = (burst >> device.channel_shift) & (device.channels - 1)
    rank = c * device.ranks + ((burst >> device.rank_shift) & (device.ranks - 1))
    group = rank * device.bank_groups + ((burst >> device.bank_group_shift) & (device.bank_groups - 1))
    bank = group * device.banks_per_group + ((burst >> device.bank_shift) & (device.banks_per_group - 1))
    at = slot(device, state, window, state[window + s.COUNT])
    state[at + s.REQUEST] = request
    state[at + s.BANK] = state[s.BANKS_AT] + bank * s.BANK_FIELDS
    state[at + s.ROW] = (burst >> device.row_shift) & device.row_mask
    state[at + s.WRITES] = write
    state[window + s.COUNT] += 1
    dram_channel = window - (s.WINDOWS + np.int64(write) * s.WINDOW_FIELDS)
    state[dram_channel + s.MOVE_AT] = clock


@kernel
def find_free(device: np.record, state: Ints, window: int) -> int:
    """The place of the oldest request of a window whose bank has room, or -1."""
    freed, state[window + s.FREED] = state[window + s.FREED], 0
    if freed and state[freed + s.QUEUED] < device.bank_queue:  # of those blocked only one for it can go
        for place in range(state[window + s.BLOCKED]):
            if state[slot(device, state, window, place) + s.BANK] == freed:
                state[window + s.BLOCKED] -= 1
                return place
    for place in range(state[window + s.BLOCKED], state[window + s.COUNT]):
        if state[state[slot(device, state, window, place) + s.BANK] + s.QUEUED] < device.bank_queue:
            state[window + s.BLOCKED] = place
            return place
    state[window + s.BLOCKED] = state[window + s.COUNT]
    return -1


@kernel
def queue_up(device: np.record, state: Ints, dram_channel: int, waiting: int, clock: int) -> None:
    """Put a request into the queue of its bank, which has room."""
    bank = state[waiting + s.BANK]
    place = state[bank + s.QUEUED]
    at = state[bank + s.QUEUE_AT] + place * s.REQUEST_FIELDS
    for field in range(s.REQUEST_FIELDS):
        state[at + field] = state[waiting + field]
    state[bank + s.QUEUED] += 1
    if state[waiting + s.ROW] == state[bank + s.OPEN_ROW]:
        first = bank + (s.FIRST_WRITE if state[waiting + s.WRITES] else s.FIRST_READ)
        if state[first] < 0:
            state[first] = place
    if place == 0:
        i = state[dram_channel + s.ACTIVE_AT] + state[dram_channel + s.ACTIVE]
        while i > state[dram_channel + s.ACTIVE_AT] and state[i - 1] > bank:
            state[i] = state[i - 1]
            i -= 1
        state[i] = bank
        state[dram_channel + s.ACTIVE] += 1
    if (
        state[dram_channel + s.REFRESH_AT] > clock
        or state[bank + s.RANK] != state[dram_channel + s.REFRESH_RANK]
    ):
        ready = max(bank_clock(device, state, bank), clock + 1)
        state[dram_channel + s.COMMAND_AT] = min(state[dram_channel + s.COMMAND_AT], ready)


@kernel
def move_step(device: np.record, state: Ints, dram_channel: int, clock: int) -> None:
    """Move a request from a window of a channel to the queue of its bank, if one can go (D11, D12)."""
    reads = dram_channel + s.WINDOWS
    writes = reads + s.WINDOW_FIELDS
    waiting = state[writes + s.COUNT]
    if state[dram_channel + s.DRAINING] == 0 and (waiting == device.window or state[reads + s.COUNT] == 0):
        state[dram_channel + s.DRAINING] = waiting
    window = writes if state[dram_channel + s.DRAINING] > 0 else reads
    place = find_free(device, state, window)
    if place < 0:
        state[dram_channel + s.MOVE_AT] = s.NEVER
        return
    state[dram_channel + s.MOVE_AT] = clock + 1
    state[dram_channel + s.DRAINING] -= window == writes
    queue_up(device, state, dram_channel, slot(device, state, window, place), clock)
    for i in range(place, 0, -1):  # those before it close up
        to, of = slot(device, state, window, i), slot(device, state, window, i - 1)
        for field in range(s.REQUEST_FIELDS):
            state[to + field] = state[of + field]
    state[window + s.OLDEST] += 1
    if state[window + s.OLDEST] == device.window:
        state[window + s.OLDEST] = 0
    state[window + s.COUNT] -= 1


@kernel
def take(state: Ints, dram_channel: int, bank: int, place: int) -> None:
    """Take a request out of the queue of a bank (D17)."""
    state[bank + s.QUEUED] -= 1
    left = state[bank + s.QUEUED]
    at = state[bank + s.QUEUE_AT] + place * s.REQUEST_FIELDS
    row, writes = state[at + s.ROW], state[at + s.WRITES]
    for i in range(at, state[bank + s.QUEUE_AT] + left * s.REQUEST_FIELDS):
        state[i] = state[i + s.REQUEST_FIELDS]
    first = bank + (s.FIRST_WRITE if writes else s.FIRST_READ)  # it was the first of its kind
    while place < left and (state[at + s.ROW] != row or state[at + s.WRITES] != writes):
        place += 1
        at += s.REQUEST_FIELDS
    other = bank + s.FIRST_READ + s.FIRST_WRITE - (first - bank)
    state[other] -= state[other] > state[first]
    state[first] = place if place < left else -1
    for w in range(2):
        window = dram_channel + s.WINDOWS + w * s.WINDOW_FIELDS
        if state[window + s.FREED] == 0 and state[window + s.BLOCKED] == state[window + s.COUNT]:
            state[window + s.FREED] = bank
        else:
            state[window + s.FREED], state[window + s.BLOCKED] = 0, 0
    if state[bank + s.QUEUED] == 0:
        i = state[dram_channel + s.ACTIVE_AT]
        while state[i] != bank:
            i += 1
        state[dram_channel + s.ACTIVE] -= 1
        for j in range(i, state[dram_channel + s.ACTIVE_AT] + state[dram_channel + s.ACTIVE]):
            state[j] = state[j + 1]
