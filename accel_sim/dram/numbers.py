"""A DRAM device in numbers, as the kernels read it."""

from __future__ import annotations

import numpy as np

from accel_sim.dram.device import Device
from accel_sim.kernels.dram.state import DEVICE
from workloads.kernels.types import Records


def device_numbers(device: Device) -> Records:
    """A device as the kernels read it, every column of [1] :data:`accel_sim.kernels.dram.state.DEVICE`."""
    numbers = {**vars(device), **vars(device.timing)}
    numbers["burst_clocks"], numbers["row_mask"] = device.burst_clocks, device.rows - 1
    numbers["two_buses"] = device.command_buses == 2
    sizes, shift = device.field_sizes, 0
    for field in reversed(device.address_fields):
        numbers[f"{field}_shift"] = shift
        shift += sizes[field].bit_length() - 1
    out = np.zeros(1, DEVICE)
    for name in DEVICE.names or ():
        out[name] = numbers[name]
    return out
