"""``simulate`` for Python: cycles, counts and energy, layer by layer; an unknown engine is refused."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from accel_sim.columns import LayerRun
from accel_sim.counters import At
from accel_sim.engine import Engine
from accel_sim.engines import DEFAULT_ENGINE, ENGINES
from accel_sim.loading.machine import as_machine
from accel_sim.machine import Machine
from accel_sim.machine.energy import energy_pj
from accel_sim.mapping import LayerMapping
from accel_sim.mapping.names import check_names
from accel_sim.memory import check_memory
from accel_sim.results import SimulationResult, build_result
from accel_sim.search.choose import choose_mapping
from workloads.inputs import InputError, did_you_mean
from workloads.inputs.values import instance, shown
from workloads.workload import MaskedLayer, Workload


def simulate(
    workload: Workload,
    machine: Machine | str | os.PathLike[str],
    engine: str = DEFAULT_ENGINE,
    mapping: Mapping[str, str] | None = None,
) -> SimulationResult:
    """Cycles, counts and energy of every layer of a workload on a machine, one after another.

    Args:
        workload: as :func:`workloads.load_workload` or :func:`workloads.gemm_workload` gives it.
        machine: as :func:`accel_sim.load_machine` gives it, or a name or path, which is loaded.
        engine: ``fast``, or ``reference`` to step every clock cycle with random operands; both give
            the same numbers, the second a few thousand cycles a second.
        mapping: layer -> mapping, as ``result.mappings`` gives it; without, the machine's own.

    Raises:
        InputError: a layer whose tiles do not fit the machine, a mapping that does not cover the
            workload or a layer of it, an unknown engine, or more memory than there is.
        TypeError: a workload, machine or mapping that is none.
    """
    instance(workload, Workload, "workload", ", as load_workload or gemm_workload gives it")
    machine = as_machine(machine)
    require_engine(engine)
    if mapping is not None:
        if not isinstance(mapping, Mapping):
            raise TypeError(f"mapping: expected texts by layer, got {shown(mapping)}")
        machine = machine.with_mapping(mapping)
    check_names(machine, [masked.layer.name for masked in workload.layers])
    ready = Engine.of(machine)
    check_memory(ready, workload.layers)
    return build_result(workload, machine, [_run_layer(ready, masked, engine) for masked in workload.layers])


def _run_layer(ready: Engine, masked: MaskedLayer, engine: str) -> LayerRun:
    layer = ready.layer(masked)
    chosen, schedule = choose_mapping(layer), layer.schedule
    counts = layer.run(chosen) if engine == DEFAULT_ENGINE else _step_layer(masked, chosen, ready.machine)
    energy = energy_pj(counts, ready.machine.energy_per_action_pj)
    return LayerRun(
        masked, schedule.mode, str(chosen.choice), schedule.multipliers, At(*counts.tolist()), energy
    )


def require_engine(engine: str) -> None:
    """Raise :class:`InputError` unless there is an engine of that name."""
    if instance(engine, str, "engine") not in ENGINES:
        raise InputError(f"engine: expected a known one, got {engine!r}{did_you_mean(engine, ENGINES)}")


def _step_layer(masked: MaskedLayer, mapping: LayerMapping, machine: Machine) -> npt.NDArray[np.int64]:
    from accel_sim.reference import random_operands, simulate_reference

    return simulate_reference(masked, machine, mapping, random_operands(masked, seed=0)).counts
