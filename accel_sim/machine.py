"""A machine: one YAML file, an architecture with its numbers."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A part of a machine file: no unknown keys, no silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Rf(Section):
    """Register file of a core: the accumulators of its output tile."""

    accumulator_bytes: int = Field(4, gt=0, description="bytes of one partial sum")
    buffers: int = Field(2, ge=1, le=2, description="2: a tile is written back while the next one runs")


class Smem(Section):
    """The scratchpad that all cores share: one read port and one write port of equal width."""

    capacity_bytes: int = Field(gt=0)
    bandwidth_bytes_per_cycle: int = Field(gt=0)


class Dram(Section):
    """Off-chip memory: one channel that reads and writes share."""

    bandwidth_bytes_per_cycle: int = Field(gt=0)
    latency_cycles: int = Field(ge=0)
    burst_bytes: int = Field(gt=0)


class Machine(Section):
    """An architecture with its numbers; sizes in bytes, rates in bytes a cycle."""

    name: str
    description: str
    architecture: str
    clock_hz: float = Field(gt=0)
    word_bytes: int = Field(gt=0, description="bytes of a weight, an activation and an output")
    array: dict[str, Any] = Field(description="as the architecture says")
    rf: Rf
    smem: Smem
    dram: Dram
    energy: str = Field(description="name of an energy table")
