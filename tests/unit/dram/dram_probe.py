"""A small DRAM whose timings all differ, and the clocks at which its requests are done."""

from typing import Any

import numpy as np

from accel_sim.dram import Device, Timing
from accel_sim.dram.numbers import device_numbers
from accel_sim.kernels.dram.serve import serve_mixed
from accel_sim.kernels.dram.state import new_state

TIMING = {
    "cl": 10,
    "cwl": 7,
    "trcd": 5,
    "trp": 6,
    "tras": 14,
    "trtp": 4,
    "twr": 8,
    "tccd_s": 3,
    "tccd_l": 5,
    "trrd_s": 4,
    "trrd_l": 6,
    "tfaw": 30,
    "twtr_s": 3,
    "twtr_l": 6,
    "turnaround": 2,
    "trtrs": 2,
    "tppd": 3,
    "trefi": 100_000,
    "trfc": 60,
}
SHAPE = {
    "name": "probe",
    "description": "small",
    "source": "made up",
    "tck_ps": 1000,
    "channels": 1,
    "ranks": 2,
    "bank_groups": 2,
    "banks_per_group": 4,
    "rows": 16,
    "row_bytes": 64,
    "bus_bits": 32,
    "burst_length": 4,
    "address_fields": ("row", "channel", "rank", "bank", "bank_group", "column"),
}
DATA = 2  # clocks of a burst

Request = tuple[str, int]


def probe(**changes: Any) -> Device:
    """The small device with other timings, or another shape."""
    timing = Timing(**(TIMING | {k: v for k, v in changes.items() if k in TIMING}))
    return Device(**(SHAPE | {k: v for k, v in changes.items() if k not in TIMING}), timing=timing)


def read(row: int = 0, rank: int = 0, group: int = 0, bank: int = 0, column: int = 0) -> Request:
    """A read of a burst of the small device."""
    return "read", column + 4 * (group + 2 * (bank + 4 * (rank + 2 * row)))


def write(**place: int) -> Request:
    """A write, likewise."""
    return "write", read(**place)[1]


def done(
    device: Device, requests: list[Request], warm: list[Request] | None = None, begin: int = 0
) -> list[int]:
    """When each request is done, offered from clock ``begin`` on, after those of ``warm`` from clock 0 on."""
    numbers = device_numbers(device)
    state, finish = new_state(numbers), np.empty(0, np.int64)
    for batch, first in (((warm, 0),) if warm else ()) + ((requests, begin),):
        finish = np.empty(len(batch), np.int64)
        bursts = np.array([burst for _, burst in batch], np.int64)
        writes = np.array([kind == "write" for kind, _ in batch])
        serve_mixed(numbers, state, bursts, writes, first, np.empty(0, np.int64), finish)
    return finish.tolist()
