"""A machine loaded by its name or path with ``--set`` overrides, or taken as it is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from accel_sim.loading.building import build_machine
from accel_sim.loading.overrides import plain_overrides
from accel_sim.loading.reading import machine_document
from accel_sim.machine import Machine
from workloads.inputs.values import shown


def load_machine(
    name_or_path: str | os.PathLike[str],
    overrides: Mapping[str, Any] | None = None,
    origin: str = "overrides",
) -> Machine:
    """A machine, checked as a whole: its architecture's array, its energy table, its numbers.

    Args:
        name_or_path: a shipped name, a YAML file, or a ``.cfg`` of SCALE-Sim
            (:mod:`accel_sim.loading.scalesim_cfg`).
        overrides: dotted path -> value, ``{"smem.bandwidth_bytes_per_cycle": 64}``; as ``--set``. Numbers
            may be numpy's. Another ``dram.model`` starts the section anew.
        origin: where the overrides come from, for errors.

    Raises:
        InputError: anything unknown, of the wrong type or impossible, with file, line and path.
        TypeError: a name that is neither text nor a path, or overrides of other kinds.
    """
    return build_machine(machine_document(name_or_path), plain_overrides(overrides), lambda _: origin)


def as_machine(machine: Machine | str | os.PathLike[str]) -> Machine:
    """A machine as it is, or by its name or path.

    Raises:
        InputError: as :func:`load_machine`.
        TypeError: it is neither.
    """
    if not isinstance(machine, Machine | str | os.PathLike):
        raise TypeError(f"machine: expected a Machine, or a machine's name or path, got {shown(machine)}")
    return machine if isinstance(machine, Machine) else load_machine(machine)
