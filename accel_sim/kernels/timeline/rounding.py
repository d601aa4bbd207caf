"""Compiled: division rounded up, for the kernels of the timeline."""

from __future__ import annotations

from accel_sim.kernels.jit import kernel


@kernel
def ceil_div(a: int, b: int) -> int:
    """A / b, rounded up."""
    return -(-a // b)
