"""Whether machines may be ranked: what they have, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from accel_sim.architectures import find_architecture
from accel_sim.channel import channel_of
from accel_sim.machine import Machine
from workloads.inputs import InputError


def resources(machine: Machine) -> dict[str, object]:
    """What a machine has that others must have too: sizes in bytes, rates in bytes a second."""
    architecture = find_architecture(machine.architecture)
    array = architecture.Array.model_validate(machine.array)
    clock = Fraction(machine.clock_hz)
    return {
        "multipliers": array.multipliers,
        "word_bytes": machine.word_bytes,
        "clock_hz": machine.clock_hz,
        "SMEM bytes": machine.smem.capacity_bytes,
        "accumulator bytes": array.accumulators * machine.rf.accumulator_bytes * machine.rf.buffers,
        "SMEM bytes a second": float(machine.smem.bandwidth_bytes_per_cycle * clock),
        "DRAM bytes a second": float(channel_of(machine).bytes_per_cycle * clock),
        "energy table": tuple(sorted(machine.energy_per_action_pj.items())),
    }


def check_equal(machines: Sequence[Machine]) -> None:
    """Refuse to rank machines that do not have the same.

    Raises:
        InputError: two machines differ in a resource; it names both and the resource.
    """
    for machine in machines[1:]:
        for (name, one), other in zip(
            resources(machines[0]).items(), resources(machine).values(), strict=True
        ):
            if one == other:
                continue
            got = f"got {_show(one)} on {machines[0].name} and {_show(other)} on {machine.name}"
            raise InputError(
                f"compare: expected machines with the same {name}, {got}; --unequal ranks them so"
            )


def _show(value: object) -> str:
    return "another table" if isinstance(value, tuple) else f"{value:,}"
