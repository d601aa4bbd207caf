"""Families: names of the shipped machines of equal resources, to be held against each other."""

from __future__ import annotations

from accel_sim.loading.machine import load_machine
from accel_sim.machine.shipped import config_names
from workloads.inputs import InputError, did_you_mean

DENSE = "dense"  # the pattern of whose machine the speed is 1


def family_names(family: str) -> list[str]:
    """Names of the shipped machines of a family: first the one for dense weights, which others are held to.

    Raises:
        InputError: no machine belongs to it; the message lists the families there are.
    """
    machines = {name: load_machine(name) for name in config_names("machines")}
    known = {machine.family for machine in machines.values() if machine.family}
    if family not in known:
        raise InputError(f"family: expected a known one, got {family!r}{did_you_mean(family, known)}")
    names = [name for name, machine in machines.items() if machine.family == family]
    return sorted(names, key=lambda name: DENSE not in machines[name].patterns)
