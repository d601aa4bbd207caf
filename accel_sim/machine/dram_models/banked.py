"""``banked``: channels, banks and rows with their timing, as a device's file says."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from accel_sim.machine.dram_models.contract import DramModel, Transfer
from accel_sim.machine.section import Free

if TYPE_CHECKING:
    from accel_sim.machine.sections import Machine

FINEST_CLOCK = 10**6  # denominators of a ratio of clocks stay below it, so that int64 holds all products


class Dram(DramModel):
    """A device with a clock of its own, whose commands are timed one by one (docs/machine/dram.md)."""

    model: Literal["banked"]  # which model of DRAM it is
    device: Annotated[str, Free("a name or a path: what the file says is compared")] = Field(
        description="name of a DRAM, or the path of one"
    )

    def transfer(self, machine: Machine) -> Transfer:
        """The path at the device's peak, with which SMEM's port keeps up."""
        device = self.loaded
        assert device is not None, "a machine that load_machine did not make"
        ratio = (Fraction(machine.clock_hz) * device.tck_ps / 10**12).limit_denominator(FINEST_CLOCK)
        peak = device.peak_bytes_per_clock / ratio
        return Transfer(device.request_bytes, peak, device=device, cycles_per_clock=ratio)
