"""A stream of requests served on a banked DRAM alone, without an accelerator: clocks and latencies."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from accel_sim.dram.device import Device, load_device
from accel_sim.dram.numbers import device_numbers
from accel_sim.kernels.dram.serve import serve_mixed
from accel_sim.kernels.dram.state import ACTIVATED, REFRESHES, ROW_HITS, new_state
from workloads.inputs import InputError
from workloads.inputs.arrays import plain_array


@dataclass(frozen=True)
class DramStream:
    """What a stream took, in clocks of the DRAM."""

    device: Device
    cycles: int  # from clock 0 until the last request is done
    accepted: NDArray[np.int64]  # [n], the clock in which each request entered a window
    finished: NDArray[np.int64]  # [n], the clock at which its last beat was done
    row_hits: int  # column commands to a row that had had one before
    activates: int
    refreshes: int  # of any rank, until the last column command

    @property
    def latencies(self) -> NDArray[np.int64]:
        """Clocks from the acceptance of each request until it was done, int64 [n]."""
        return self.finished - self.accepted

    @property
    def bytes_per_cycle(self) -> float:
        """Bytes moved a clock; 0 for no requests."""
        return len(self.finished) * self.device.request_bytes / self.cycles if self.cycles else 0.0


def dram_stream(
    preset: str | os.PathLike[str] | Device, addresses: ArrayLike, is_write: bool | ArrayLike = False
) -> DramStream:
    """Serve requests in their order, offered from clock 0 on as fast as the DRAM takes them.

    Args:
        preset: name of a DRAM (``ddr4_2400``), path of a device file, or a device.
        addresses: bytes, whole numbers [n], at least 0; each request is the burst around its address.
            Addresses beyond the DRAM wrap.
        is_write: whether all of them write, or bool [n].

    Raises:
        InputError: an unknown or wrong device; addresses or ``is_write`` of another shape or kind.
        TypeError: addresses or ``is_write`` that are no arrays of numbers.
    """
    device = preset if isinstance(preset, Device) else load_device(preset)
    given = plain_array(addresses, "addresses")
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise InputError(f"addresses: expected whole numbers [n], got {_describe(given)}")
    if given.size and (given.min() < 0 or given.max() >= 2**62):
        raise InputError(f"addresses: expected 0 to 2^62 - 1, got {given.min()} to {given.max()}")
    writes = plain_array(is_write, "is_write")
    if writes.dtype.kind != "b" or writes.shape not in ((), given.shape):
        raise InputError(f"is_write: expected true or false, or bool [{given.size}], got {_describe(writes)}")
    bursts = given.astype(np.int64) // device.request_bytes
    accepted, finished = np.empty(bursts.size, np.int64), np.empty(bursts.size, np.int64)
    numbers = device_numbers(device)
    state = new_state(numbers)
    spread = np.ascontiguousarray(np.broadcast_to(writes, given.shape))
    _, end = serve_mixed(numbers, state, bursts, spread, 0, accepted, finished)
    counted = (int(state[field]) for field in (ROW_HITS, ACTIVATED, REFRESHES))
    return DramStream(device, int(end), accepted, finished, *counted)


def _describe(array: NDArray[Any]) -> str:
    return f"{array.dtype} [{', '.join(map(str, array.shape))}]"
