"""A device as the kernels read it."""

from __future__ import annotations

import numpy as np

from accel_sim.dram.device import Device
from accel_sim.kernels.dram.state import DEVICE
from workloads.kernels.types import Records

SHAPE = ("channels", "ranks", "bank_groups", "banks_per_group")
QUEUES = ("window", "bank_queue", "row_limit", "offers_per_clock")


def device_numbers(device: Device) -> Records:
    """What the kernels read, [1] of :data:`accel_sim.kernels.dram.state.DEVICE`."""
    out = np.zeros(1, DEVICE)
    for name in SHAPE + QUEUES:
        out[name] = getattr(device, name)
    for name, clocks in device.timing.model_dump().items():
        out[name] = clocks
    sizes, shift = device.field_sizes, 0
    for field in reversed(device.address_fields):
        if field != "column":
            out[f"{field}_shift"] = shift
        shift += sizes[field].bit_length() - 1
    out["row_mask"], out["burst_clocks"] = device.rows - 1, device.burst_clocks
    out["two_buses"] = device.command_buses == 2
    return out
