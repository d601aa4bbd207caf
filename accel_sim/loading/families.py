"""Families: shipped machines of equal resources, to be held against each other."""

from __future__ import annotations

from accel_sim.loading.machine import load_machine
from accel_sim.machine.shipped import config_names
from workloads.inputs import InputError, did_you_mean


def family_names(family: str) -> list[str]:
    """Names of the shipped machines of a family.

    Raises:
        InputError: no machine belongs to it; the message lists the families there are.
    """
    families = {name: load_machine(name).family for name in config_names("machines")}
    if family not in families.values():
        known = sorted({known for known in families.values() if known})
        raise InputError(f"family: expected a known one, got {family!r}{did_you_mean(family, known)}")
    return [name for name, its in families.items() if its == family]
