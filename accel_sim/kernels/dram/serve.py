"""Compiled: a banked DRAM serves a batch of requests, idle clocks skipped (docs/machine/dram.md).

Clocks in which nothing can happen are skipped; all else is as if each were stepped through.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accel_sim.kernels.dram import state as s
from accel_sim.kernels.dram.issue import command_step
from accel_sim.kernels.dram.pointer import pointer
from accel_sim.kernels.dram.window import enter, move_step, window_of
from accel_sim.kernels.jit import kernel
from workloads.kernels.types import Bools, Ints, Records


class _Requests(NamedTuple):
    """A batch, as pointers."""

    bursts: Ints  # their numbers
    is_write: Bools
    size: int


class _Clocks(NamedTuple):
    """What is written down of each request, as pointers."""

    accept: Ints
    accept_wanted: bool
    finish: Ints


@kernel
def serve(
    devices: Records, state: Ints, bursts: Ints, is_write: bool, begin: int, finish: Ints
) -> tuple[int, int]:
    """Serve a tile on a banked DRAM: :func:`serve_mixed` with requests that all read, or all write."""
    writes = np.full(bursts.shape[0], is_write, np.bool_)
    return serve_mixed(devices, state, bursts, writes, begin, np.empty(0, np.int64), finish)


@kernel
def serve_mixed(
    devices: Records, state: Ints, bursts: Ints, is_write: Bools, begin: int, accept: Ints, finish: Ints
) -> tuple[int, int]:
    """Serve a batch of requests on a banked DRAM, offered in their order (D5 to D9).

    Args:
        devices: [1], as :data:`accel_sim.kernels.dram.state.DEVICE` says.
        state: as :func:`accel_sim.kernels.dram.state.new_state` makes it; changed.
        bursts: int64 [n], burst numbers, each at least 0.
        is_write: bool [n].
        begin: the first clock in which requests may be offered, at least 0.
        accept: int64 [n], filled with the clock in which each request enters its window; or int64 [0].
        finish: int64 [n or more], filled with the clock at which the last beat of each request is done.

    Returns:
        the first clock in which the next batch may be offered, and the largest of ``finish``.
    """
    count = bursts.shape[0]
    begin = max(begin, state[s.CLOCK])
    if count == 0:
        return begin, begin
    requests = _Requests(pointer(bursts), pointer(is_write), count)
    clocks = _Clocks(pointer(accept), accept.shape[0] > 0, pointer(finish))
    free = play(devices[0], pointer(state), requests, begin, clocks)
    return free, finish[:count].max()


@kernel
def play(device: np.record, state: Ints, requests: _Requests, begin: int, clocks: _Clocks) -> int:
    """Step a DRAM through the clocks in which something can happen, up to the batch's last column command.

    Returns:
        the clock after that command.
    """
    bursts, is_write, count, finish = requests.bursts, requests.is_write, requests.size, clocks.finish
    first = state[s.CHANNELS_AT]
    last = first + device.channels * s.CHANNEL_FIELDS
    for dram_channel in range(first, last, s.CHANNEL_FIELDS):
        while state[dram_channel + s.COMMAND_AT] < begin:  # refreshes since the last batch
            command_step(device, state, dram_channel, state[dram_channel + s.COMMAND_AT], finish)
    clock, offered, served = begin, 0, 0
    while True:
        following, most = s.NEVER, min(count, offered + device.offers_per_clock)
        while offered < count:  # D9
            window = window_of(device, state, bursts[offered], is_write[offered])
            if state[window + s.COUNT] == device.window:
                break
            if offered == most:
                following = clock + 1
                break
            enter(device, state, window, offered, bursts[offered], is_write[offered], clock)
            if clocks.accept_wanted:
                clocks.accept[offered] = clock
            offered += 1
        for dram_channel in range(first, last, s.CHANNEL_FIELDS):
            if state[dram_channel + s.COMMAND_AT] <= clock and command_step(
                device, state, dram_channel, clock, finish
            ):
                served += 1
                state[dram_channel + s.MOVE_AT] = clock
            if state[dram_channel + s.MOVE_AT] <= clock:
                move_step(device, state, dram_channel, clock)
            following = min(following, state[dram_channel + s.COMMAND_AT], state[dram_channel + s.MOVE_AT])
        if served == count:
            state[s.CLOCK] = clock + 1
            return clock + 1
        clock = following
