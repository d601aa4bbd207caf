"""Pruned networks on disk: what pruning writes and the simulator reads."""

from workloads.artifact.file import (
    FORMAT,
    STATE_TYPES,
    PrunedNetwork,
    check_state,
    check_state_type,
    read_artifact,
    write_artifact,
)
from workloads.artifact.layers import PrunedLayer

__all__ = [
    "FORMAT",
    "STATE_TYPES",
    "PrunedLayer",
    "PrunedNetwork",
    "check_state",
    "check_state_type",
    "read_artifact",
    "write_artifact",
]
