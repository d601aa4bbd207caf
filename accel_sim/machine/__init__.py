"""A machine: one YAML file, an architecture with its numbers; its prices, and where files lie."""

from accel_sim.machine.sections import (
    MOST,
    AnyDram,
    BankedDram,
    Banks,
    Machine,
    Rf,
    SimpleDram,
    Smem,
)

__all__ = ["MOST", "AnyDram", "BankedDram", "Banks", "Machine", "Rf", "SimpleDram", "Smem"]
