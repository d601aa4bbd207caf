"""A machine: one YAML file, an architecture with its numbers; its prices, and where files lie."""

from accel_sim.machine.dram_models.contract import Transfer
from accel_sim.machine.sections import Banks, Machine, Rf, Smem

__all__ = ["Banks", "Machine", "Rf", "Smem", "Transfer"]
