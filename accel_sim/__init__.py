"""What a pruned network costs on silicon: cycles, energy and where both went.

The names below are imported when they are first used, so that ``import accel_sim`` stays instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accel_sim.load import load_machine
    from accel_sim.results import SimulationResult
    from accel_sim.simulation import simulate

_HOMES = {
    "SimulationResult": "accel_sim.results",
    "load_machine": "accel_sim.load",
    "simulate": "accel_sim.simulation",
}

__all__ = ["SimulationResult", "load_machine", "simulate"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'accel_sim' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
