"""A layer in time by either engine: when everything began and ended, its cycles and stalls."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from accel_sim import counters as c
from accel_sim.architectures.contract import Ints
from accel_sim.engine import Engine, LayerEngine
from accel_sim.engines import DEFAULT_ENGINE
from accel_sim.kernels.timeline.play import TRACE
from accel_sim.loading.machine import as_machine
from accel_sim.machine import Machine
from accel_sim.mapping import LayerMapping
from accel_sim.memory import check_memory
from accel_sim.search.choose import choose_mapping
from accel_sim.simulation import require_engine
from accel_sim.trace.plan import Plan, plan_layer
from accel_sim.trace.stalls import Inside, Waits, find_inside, find_waits
from accel_sim.trace.table import table_of
from workloads.inputs.values import instance
from workloads.kernels.types import Records
from workloads.workload import MaskedLayer


@dataclass(frozen=True, eq=False)
class Timeline:
    """When everything in a layer began and ended, in cycles."""

    layer: str
    machine: Machine
    mode: str
    mapping: str
    engine: str
    counts: Ints  # [COUNT]
    table: Records  # [steps], as :data:`accel_sim.kernels.timeline.play.TRACE` says
    plan: Plan
    waits: Waits
    inside: Inside

    @property
    def cycles(self) -> int:
        """Cycles of the layer."""
        return int(self.counts[c.at.cycles])

    @cached_property
    def end(self) -> int:
        """When the last thing has ended: beyond ``cycles`` where fill and drain are hidden."""
        return max(self.cycles, max(int(self.table[when].max()) for when in TRACE.fields or ()))

    @property
    def latency_cycles(self) -> int:
        """Of a load, the part at its end in which the path is already free (rule 20)."""
        return self.machine.transfer.latency_cycles

    def stalls(self) -> dict[str, int]:
        """Cause -> cycles, from the layer's counters; the largest first."""
        found = {
            name.removeprefix("stall_").removesuffix("_cycles"): int(self.counts[getattr(c.at, name)])
            for name in c.STALLS
        }
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def trace_layer(
    masked: MaskedLayer, machine: Machine | str | os.PathLike[str], engine: str = DEFAULT_ENGINE
) -> Timeline:
    """Run a layer on either engine and write down when everything began and ended.

    Args:
        engine: ``fast``, or ``reference`` to step every clock cycle with random operands.

    Raises:
        InputError: a layer whose tiles do not fit the machine, a mapping that makes no sense for it,
            an unknown engine, or more memory than there is.
        TypeError: a layer or machine that is none.
    """
    instance(masked, MaskedLayer, "layer", ", as a workload's layers are")
    machine = as_machine(machine)
    require_engine(engine)
    ready = Engine.of(machine)
    check_memory(ready, [masked])
    layer = ready.layer(masked)
    mapping = choose_mapping(layer)
    plan = plan_layer(layer, mapping)
    if engine == DEFAULT_ENGINE:
        table = np.zeros(plan.count, TRACE)
        counts = layer.run(mapping, table)
    else:
        from accel_sim.reference import random_operands, simulate_reference

        run = simulate_reference(masked, machine, mapping, random_operands(masked, seed=0))
        counts, table = run.counts, table_of(run.spans, plan)
    return read_timeline(layer, mapping, engine, counts, table, plan)


def read_timeline(
    layer: LayerEngine, mapping: LayerMapping, engine: str, counts: Ints, table: Records, plan: Plan
) -> Timeline:
    """What an engine wrote down, with its stalls found."""
    machine = layer.engine.machine
    return Timeline(
        layer.masked.layer.name,
        machine,
        layer.schedule.mode,
        str(mapping.choice),
        engine,
        counts,
        table,
        plan,
        find_waits(table, plan, machine.rf.buffers, int(counts[c.at.cycles])),
        find_inside(table, plan, layer),
    )
