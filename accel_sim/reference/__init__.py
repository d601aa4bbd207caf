"""The machine stepped clock by clock with real operands: slow and obvious.

Written from docs/machine_model.md, so that the kernels have something to be held against: it shares
no code with ``accel_sim/kernels``, and of a mapping it takes the decisions alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from accel_sim.machine import Machine
from accel_sim.mapping import Mapping
from accel_sim.reference.array import Array
from accel_sim.reference.counts import count_run
from accel_sim.reference.gather import gather_lists
from accel_sim.reference.machine import SteppedMachine
from accel_sim.reference.operands import Operands, check_operands, random_operands
from accel_sim.reference.plan import plan_steps
from accel_sim.reference.structured import structured_lists
from accel_sim.reference.systolic import systolic_lists
from accel_sim.reference.walk import cut_walk
from accel_sim.spans import Spans
from workloads.inputs import InputError, did_you_mean
from workloads.workload import MaskedLayer

__all__ = ["Operands", "ReferenceRun", "random_operands", "simulate_reference"]

LISTS = {
    "structured_tensor_core": structured_lists,
    "gather": gather_lists,
    "systolic": systolic_lists,
}


@dataclass(frozen=True)
class ReferenceRun:
    """What the stepped machine computed, int64 [m_dim, n_dim], its counters, int64 [COUNT], and when."""

    output: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    spans: Spans


def simulate_reference(
    item: MaskedLayer, machine: Machine, mapping: Mapping, operands: Operands
) -> ReferenceRun:
    """Step a layer through a machine under a mapping. Thousands of cycles a second: for small layers.

    Raises:
        InputError: operands that do not fit the layer, or an architecture that cannot be stepped.
    """
    check_operands(item, operands)
    if machine.architecture not in LISTS:
        known = sorted(LISTS)
        raise InputError(
            f"engine: expected an architecture that the reference steps, got {machine.architecture!r}"
            f"{did_you_mean(machine.architecture, known)}"
        )
    lists = LISTS[machine.architecture](item.mask.to_dense(), machine.array)
    walk = cut_walk(item.layer, lists)
    steps = plan_steps(item.layer, walk, machine, mapping)
    array = Array(machine.array["pipeline_cycles"], walk.multipliers, machine.rf.accumulator_bytes)
    stepped = SteppedMachine(
        item, machine, steps, array, walk.ramp_cycles, operands.weights, operands.activations
    )
    stepped.run()
    counts = count_run(stepped, array, walk, machine, item.layer.n_dim)
    return ReferenceRun(stepped.output, counts, stepped.spans)
