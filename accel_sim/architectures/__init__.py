"""Architectures: what a pass costs on one design of PE array, one file each.

Each file holds a pydantic model ``Array`` (the ``array:`` section of a machine file) and
``schedule(masked, array, layout)``, which turns a masked layer into a :class:`Schedule`.
"""

from accel_sim.architectures.contract import (
    Architecture,
    Schedule,
    SmemLayout,
    Stream,
    Streams,
    find_architecture,
)

__all__ = ["Architecture", "Schedule", "SmemLayout", "Stream", "Streams", "find_architecture"]
