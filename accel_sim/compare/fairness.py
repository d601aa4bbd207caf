"""Whether machines may be ranked: their resources side by side, what differs, and the refusal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from accel_sim.architectures.shared.on_chip import on_chip
from accel_sim.machine import Machine
from accel_sim.machine.section import Free, Section
from workloads.inputs import InputError

TOLERANCE = 0.01  # of on-chip bytes: what one design holds comes in steps that another's does not


def resources(machine: Machine) -> dict[str, object]:
    """What a machine has that others must have alike: field or derived number -> value.

    Every field of every section is one, unless it is marked :class:`Free`; and its multipliers, the
    energy of every action and, where DRAM is a device, what its file says.
    """
    found: dict[str, object] = {"multipliers": on_chip(machine).multipliers}
    found.update(_fields(machine, ""))
    if machine.dram.loaded is not None:
        found.update(_fields(machine.dram.loaded, "dram.device."))
    found.update({f"energy.pj.{action}": pj for action, pj in machine.energy_per_action_pj.items()})
    return found


def _fields(section: Section, prefix: str) -> Iterator[tuple[str, object]]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if any(isinstance(mark, Free) for mark in field.metadata):
            continue
        if isinstance(value, Section):
            yield f"{prefix}{name}", "some"  # against none
            yield from _fields(value, f"{prefix}{name}.")
        else:
            # A mapping spelled out is a machine's own; one that was searched is no match for it.
            yield f"{prefix}{name}", "spelled out" if isinstance(value, dict) else value


def differences(machines: Sequence[Machine]) -> list[str]:
    """What keeps machines from being ranked, a line each; none where nothing does.

    On-chip bytes, SMEM and local storage together (rule 38), may differ by ``TOLERANCE`` of the most;
    everything else is the same or is named.
    """
    found: dict[str, str] = {}
    of_first = resources(machines[0])
    for machine in machines[1:]:
        of_other = resources(machine)
        for name, one in of_first.items():
            other = of_other.get(name, one)  # where one has no such field, its model differs
            if one != other and name not in found:
                got = f"{_show(one)} on {machines[0].label} and {_show(other)} on {machine.label}"
                found[name] = f"the same {name}, got {got}"
    by_size = sorted(machines, key=lambda machine: on_chip(machine).total_bytes)
    least, most = (on_chip(machine).total_bytes for machine in (by_size[0], by_size[-1]))
    if least < (1 - TOLERANCE) * most:
        found["on-chip bytes"] = (
            f"on-chip bytes (SMEM and local storage) within {TOLERANCE:.0%}, got {_show(least)} on"
            f" {by_size[0].label} and {_show(most)} on {by_size[-1].label}"
        )
    return list(found.values())


def check_equal(machines: Sequence[Machine]) -> None:
    """Refuse to rank machines that do not have the same.

    Raises:
        InputError: two machines differ in a resource; it names both and the resource.
    """
    for difference in differences(machines)[:1]:
        raise InputError(f"compare: expected machines with {difference}; --unequal ranks them so")


def _show(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:,.15g}" if isinstance(value, int | float) else str(value)
