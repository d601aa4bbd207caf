"""The layers that a spelled-out ``mapping`` names, held against a workload's, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from accel_sim.machine import Machine
from workloads.inputs import InputError, did_you_mean

AUTO = "auto"


def check_names(machine: Machine, names: Sequence[str]) -> None:
    """Hold a spelled-out ``mapping`` against the layers that a workload has.

    Raises:
        InputError: a layer without an entry, or an entry without a layer.
    """
    problem = misnamed(machine.mapping, names) if isinstance(machine.mapping, dict) else None
    if problem is not None:
        raise InputError(": ".join(problem))


def misnamed(spelled: Iterable[str], names: Sequence[str]) -> tuple[str, str] | None:
    """What is wrong with the layers that a mapping names: its dotted path, and a sentence."""
    given, known = list(spelled), set(names)
    for name in given:
        if name not in known:
            return (
                f"mapping.{name}",
                f"expected a layer of the workload, got {name!r}{did_you_mean(name, names)}",
            )
    for name in names:
        if name not in given:
            return "mapping", f"expected an entry for each layer ({AUTO!r} will do), got none for {name!r}"
    return None
