"""Energy tables loaded from YAML, by name or by path; every action has to have a price."""

from __future__ import annotations

import os

from accel_sim.machine.energy import ACTIONS, DEFAULTS, MOST_PJ, EnergyTable
from accel_sim.machine.shipped import find_config
from workloads.inputs import InputError, did_you_mean
from workloads.inputs.schema import validate
from workloads.inputs.strict_yaml import load_yaml


def load_energy(name_or_path: str | os.PathLike[str]) -> EnergyTable:
    """An energy table that prices every action which has no price of its own.

    Raises:
        InputError: a missing, unknown or negative action, or anything else wrong with the file.
    """
    document = load_yaml(find_config("energy", name_or_path))
    table = validate(EnergyTable, document.data, document.where)
    for action in ACTIONS:
        if action not in table.pj and action not in DEFAULTS:
            raise InputError(f"{document.where('pj')}: pj: expected the action {action!r}, got none")
    for action, value in table.pj.items():
        here = document.where(f"pj.{action}")
        if action not in ACTIONS:
            raise InputError(
                f"{here}: pj: expected known actions, got {action!r}{did_you_mean(action, ACTIONS)}"
            )
        if not value >= 0:
            raise InputError(f"{here}: pj.{action}: expected 0 or more, got {value}")
        if value > MOST_PJ:
            raise InputError(f"{here}: pj.{action}: expected at most {MOST_PJ:g}, got {value:g}")
    return table
