"""A device as the kernels read it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accel_sim.dram.device import Device
from accel_sim.kernels.dram import state as d


def device_numbers(device: Device) -> NDArray[np.int64]:
    """What the kernels read, int64 [DEVICE_FIELDS] (:mod:`accel_sim.kernels.dram.state`)."""
    out = np.zeros(d.DEVICE_FIELDS, np.int64)
    out[d.CHANNELS], out[d.RANKS] = device.channels, device.ranks
    out[d.GROUPS], out[d.BANKS] = device.bank_groups, device.banks_per_group
    sizes, shift = device.field_sizes, 0
    places = {
        "channel": d.CHANNEL_SHIFT,
        "rank": d.RANK_SHIFT,
        "bank_group": d.GROUP_SHIFT,
        "bank": d.BANK_SHIFT,
        "row": d.ROW_SHIFT,
    }
    for field in reversed(device.address_fields):
        if field in places:
            out[places[field]] = shift
        shift += sizes[field].bit_length() - 1
    out[d.ROW_MASK], out[d.BURST] = device.rows - 1, device.burst_clocks
    for name, clocks in device.timing.model_dump().items():
        out[getattr(d, name.upper())] = clocks
    out[d.WINDOW], out[d.BANK_QUEUE], out[d.ROW_LIMIT] = device.window, device.bank_queue, device.row_limit
    out[d.OFFERS], out[d.TWO_BUSES] = device.offers_per_clock, device.command_buses == 2
    return out
