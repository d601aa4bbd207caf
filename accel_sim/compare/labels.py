"""The refusal of rows that would look the same: one workload on machines that are called alike."""

from __future__ import annotations

from collections.abc import Iterable

from accel_sim.machine import Machine
from workloads.inputs import InputError


def require_distinct(pairs: Iterable[tuple[str, Machine]]) -> None:
    """Refuse two rows that would look the same: a workload's label on machines that are called alike.

    Raises:
        InputError: a label and a machine's label come twice.
    """
    seen = set()
    for label, machine in pairs:
        if (label, machine.label) in seen:
            raise InputError(
                f"machine: expected each workload on machines of different names, got {label} on"
                f" {machine.label!r} twice; another name in a machine's file, or of it, tells them apart"
            )
        seen.add((label, machine.label))
