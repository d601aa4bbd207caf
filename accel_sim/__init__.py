"""What a pruned network costs on silicon: cycles, energy and where both went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workloads.lazy import lazy_names

if TYPE_CHECKING:
    from accel_sim.dram import dram_stream
    from accel_sim.loading.machine import load_machine
    from accel_sim.results import SimulationResult
    from accel_sim.simulation import simulate

__all__ = ["SimulationResult", "dram_stream", "load_machine", "simulate"]

__getattr__ = lazy_names(
    __name__,
    {
        "SimulationResult": "accel_sim.results",
        "dram_stream": "accel_sim.dram",
        "load_machine": "accel_sim.loading.machine",
        "simulate": "accel_sim.simulation",
    },
)
