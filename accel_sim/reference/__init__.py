"""The machine stepped clock by clock with real operands, and what it computed: slow and obvious.

Written from docs/machine, so that the kernels have something to be held against: it shares
no code with ``accel_sim/kernels``, and of a mapping it takes the decisions alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from accel_sim.machine import Machine
from accel_sim.reference.architectures.contract import find_program
from accel_sim.reference.array import Array
from accel_sim.reference.counts import count_run
from accel_sim.reference.operands import Numbers, Operands, check_operands, check_zeros, random_operands
from accel_sim.reference.timeline.plan import plan_steps
from accel_sim.reference.timeline.play import SteppedMachine
from accel_sim.reference.timeline.spans import Spans
from workloads.workload import MaskedLayer

if TYPE_CHECKING:
    from accel_sim.mapping import LayerMapping

__all__ = ["Operands", "ReferenceRun", "random_operands", "simulate_reference"]


@dataclass(frozen=True)
class ReferenceRun:
    """What the stepped machine computed, int64 [m_dim, n_dim], its counters, int64 [COUNT], and when."""

    output: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    spans: Spans


def simulate_reference(
    masked: MaskedLayer, machine: Machine, mapping: LayerMapping, operands: Operands
) -> ReferenceRun:
    """Step a layer through a machine under a mapping. Thousands of cycles a second: for small layers.

    Raises:
        InputError: operands that do not fit the layer, or an architecture that cannot be stepped.
    """
    make_program = find_program(machine.architecture)
    check_operands(masked, operands)
    program = make_program(masked, machine, Numbers(masked, operands))
    if program.zeros_count:
        check_zeros(masked, operands)
    steps = plan_steps(masked.layer, program, operands.activations, machine, mapping)
    array = Array(program, machine.array["pipeline_cycles"], machine.rf.accumulator_bytes, machine.word_bytes)
    stepped = SteppedMachine(masked.layer, machine, steps, array)
    stepped.run()
    counts = count_run(stepped, array, machine)
    return ReferenceRun(stepped.output, counts, stepped.spans)
