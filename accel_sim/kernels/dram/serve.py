"""A banked DRAM in time: a batch of requests, from its first offer to its last beat (docs/machine/dram.md).

Clocks in which nothing can happen are skipped; all else is as if each were stepped through.
"""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.dram.issue import command_step
from accel_sim.kernels.dram.pointer import pointer
from accel_sim.kernels.dram.state import (
    CHANNEL_FIELDS,
    CHANNELS,
    CHANNELS_AT,
    CLOCK,
    COMMAND_AT,
    COUNT,
    MOVE_AT,
    NEVER,
    OFFERS,
    WINDOW,
    new_state,
)
from accel_sim.kernels.dram.window import enter, move_step, window_of
from accel_sim.kernels.jit import kernel

__all__ = ["new_state", "serve", "serve_mixed"]


@kernel
def serve(device, state, bursts, is_write, begin, finish):
    """Serve a tile: :func:`serve_mixed` with requests that all read, or all write.

    Args:
        is_write: True or False.
    """
    writes = np.full(bursts.shape[0], is_write, np.bool_)
    return serve_mixed(device, state, bursts, writes, begin, np.empty(0, np.int64), finish)


@kernel
def serve_mixed(device, state, bursts, is_write, begin, accept, finish):
    """Serve a batch of requests, offered in their order (D5 to D9).

    Args:
        device: int64 [DEVICE_FIELDS].
        state: as :func:`new_state` makes it; changed.
        bursts: int64 [n], burst numbers, each at least 0.
        is_write: bool [n].
        begin: the first clock in which requests may be offered, at least 0.
        accept: int64 [n], filled with the clock in which each request enters its window; or int64 [0].
        finish: int64 [n or more], filled with the clock at which the last beat of each request is done.

    Returns:
        the first clock in which the next batch may be offered, and the largest of ``finish``.
    """
    count = np.int64(bursts.shape[0])
    begin = max(begin, state[CLOCK])
    if count == 0:
        return begin, begin
    accept_at = np.int64(accept.shape[0] > 0)
    requests = pointer(bursts), pointer(is_write), count
    clocks = pointer(accept), accept_at, pointer(finish)
    free = play(pointer(device), pointer(state), requests, np.int64(begin), clocks)
    return free, finish[:count].max()


@kernel
def play(device, state, requests, begin, clocks):
    """Step through the clocks in which something can happen, up to the batch's last column command.

    Args:
        requests: pointers to bursts and kinds, and how many there are.
        clocks: pointer to ``accept``, whether to fill it, pointer to ``finish``.

    Returns:
        the clock after that command.
    """
    bursts, is_write, count = requests
    accept, wanted, finish = clocks
    first = state[CHANNELS_AT]
    last = first + device[CHANNELS] * CHANNEL_FIELDS
    for channel in range(first, last, CHANNEL_FIELDS):
        while state[channel + COMMAND_AT] < begin:  # refreshes since the last batch
            command_step(device, state, channel, state[channel + COMMAND_AT], finish)
    clock, offered, served = begin, np.int64(0), np.int64(0)
    while True:
        following, most = NEVER, min(count, offered + device[OFFERS])
        while offered < count:  # D9
            window = window_of(device, state, bursts[offered], is_write[offered])
            if state[window + COUNT] == device[WINDOW]:
                break
            if offered == most:
                following = clock + 1
                break
            enter(device, state, window, offered, bursts[offered], is_write[offered], clock)
            if wanted:
                accept[offered] = clock
            offered += 1
        for channel in range(first, last, CHANNEL_FIELDS):
            if state[channel + COMMAND_AT] <= clock and command_step(device, state, channel, clock, finish):
                served += 1
                state[channel + MOVE_AT] = clock
            if state[channel + MOVE_AT] <= clock:
                move_step(device, state, channel, clock)
            following = min(following, state[channel + COMMAND_AT], state[channel + MOVE_AT])
        if served == count:
            state[CLOCK] = clock + 1
            return clock + 1
        clock = following
