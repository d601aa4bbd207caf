"""A machine: one YAML file, an architecture with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

MOST = 2**40  # of a size, a rate or a delay: kernels count in int64


class Section(BaseModel):
    """A part of a machine file: no unknown keys, no silent conversions, no infinities."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Rf(Section):
    """Register file of a core: the accumulators of its output tile."""

    accumulator_bytes: int = Field(4, gt=0, le=64, description="bytes of one partial sum")
    buffers: int = Field(2, ge=1, le=2, description="2: a tile is written back while the next one runs")


class Smem(Section):
    """The scratchpad that all cores share: one read port and one write port of equal width."""

    capacity_bytes: int = Field(gt=0, le=MOST)
    bandwidth_bytes_per_cycle: int = Field(gt=0, le=MOST)


class Dram(Section):
    """Off-chip memory: one channel that reads and writes share."""

    bandwidth_bytes_per_cycle: int = Field(gt=0, le=MOST)
    latency_cycles: int = Field(ge=0, le=MOST)
    burst_bytes: int = Field(gt=0, le=MOST)


class Machine(Section):
    """An architecture with its numbers; sizes in bytes, rates in bytes a cycle."""

    name: str
    description: str
    architecture: str
    clock_hz: float = Field(ge=1)
    word_bytes: int = Field(gt=0, le=64, description="bytes of a weight, an activation and an output")
    array: dict[str, Any] = Field(description="as the architecture says")
    rf: Rf
    smem: Smem
    dram: Dram
    energy: str = Field(description="name of an energy table, or the path of one")
    _energy_pj: dict[str, float] = PrivateAttr(default_factory=dict)

    @property
    def energy_per_action_pj(self) -> Mapping[str, float]:
        """Action -> picojoules, as the energy table says; filled in by :func:`accel_sim.load_machine`."""
        return self._energy_pj

    def with_parts(self, array: dict[str, Any], energy_pj: Mapping[str, float]) -> Machine:
        """A copy whose array has its defaults filled in and whose energy table is at hand."""
        copy = self.model_copy(update={"array": array})
        copy._energy_pj = dict(energy_pj)
        return copy
