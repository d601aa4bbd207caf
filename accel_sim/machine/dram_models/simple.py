"""``simple``: one channel that reads and writes share, with bandwidth, latency and bursts, and no rows."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from accel_sim.machine.dram_models.contract import DramModel, Transfer
from accel_sim.machine.section import MOST

if TYPE_CHECKING:
    from accel_sim.machine.sections import Machine


class Dram(DramModel):
    """Bursts that flow in order; all numbers are of the machine's clock."""

    model: Literal["simple"] = "simple"  # which model of DRAM it is
    bandwidth_bytes_per_cycle: int = Field(gt=0, le=MOST)  # shared by reads and writes
    latency_cycles: int = Field(ge=0, le=2**30)  # from the last byte of a load to its arrival
    burst_bytes: int = Field(gt=0, le=2**20)  # tiles are stored and moved in whole ones

    def transfer(self, machine: Machine) -> Transfer:
        """The path, as wide as the narrower of DRAM and SMEM's port."""
        rate = min(self.bandwidth_bytes_per_cycle, machine.smem.bandwidth_bytes_per_cycle)
        return Transfer(self.burst_bytes, Fraction(rate), self.latency_cycles)
