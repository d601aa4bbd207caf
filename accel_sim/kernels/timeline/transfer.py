"""The DRAM channel in time: one load or store after another (rules 20 and 21)."""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.dram.serve import serve
from accel_sim.kernels.jit import kernel
from accel_sim.kernels.timeline.port import ceil_div

# The numbers of a channel: bytes of a burst; for a simple one bytes a cycle and latency; for a banked one
# the ratio of clocks (cycles of the machine a clock, a fraction) and the bursts that it holds.
BURST_BYTES, RATE, LATENCY, CYCLES_NUMERATOR, CYCLES_DENOMINATOR, BURSTS = range(6)
CHANNEL_FIELDS = 6
# What a simple channel has in place of a device. It has one axis more: numba knows how many an array has
# while it compiles, and leaves the banked DRAM (a third of all that a first run waits for) out of what
# serves a simple channel.
NO_DEVICE_AXES = 2
NO_DEVICE = np.zeros((0,) * NO_DEVICE_AXES, np.int64)


@kernel
def move(channel, device, state, requests, finish, segments, is_write, ready, free):
    """Move the bursts of a load or a store, which may begin at cycle ``ready``.

    Args:
        channel: int64 [CHANNEL_FIELDS].
        device, state: of the banked DRAM (:mod:`accel_sim.kernels.dram.serve`); NO_DEVICE and int64 [0] for
            the simple one.
        requests, finish: int64 room for the bursts of the largest transfer, likewise.
        segments: int64 [n, 2], first burst and bursts of each run of addresses.
        free: when the channel is: a cycle for the simple one, a clock of the DRAM for the banked.

    Returns:
        the cycle in which it begins, ``free`` for the next one, and the cycle at which its bytes are there.
    """
    if device.ndim == NO_DEVICE_AXES:
        bursts = np.int64(0)
        for i in range(segments.shape[0]):
            bursts += segments[i, 1]
        begin = max(free, ready)
        free = begin + ceil_div(bursts * channel[BURST_BYTES], channel[RATE])
        return begin, free, free if is_write else free + channel[LATENCY]
    count = 0
    for i in range(segments.shape[0]):
        for j in range(segments[i, 1]):
            requests[count] = (segments[i, 0] + j) % channel[BURSTS]
            count += 1
    numerator, denominator = channel[CYCLES_NUMERATOR], channel[CYCLES_DENOMINATOR]
    begin = max(free, ceil_div(ready * denominator, numerator))
    free, end = serve(device, state, requests[:count], is_write, begin, finish)
    return begin * numerator // denominator, free, ceil_div(end * numerator, denominator)
