"""Mappings: the tiles that SMEM holds and the order in which they pass (rules 13 to 16)."""

from accel_sim.mapping.choice import Choice, IfmapStays, WeightsStay, parse_choice
from accel_sim.mapping.tiling import LayerMapping, Tiling

__all__ = ["Choice", "IfmapStays", "LayerMapping", "Tiling", "WeightsStay", "parse_choice"]
