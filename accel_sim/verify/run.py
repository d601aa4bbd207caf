"""Many random layers through both engines on one machine, and what came of each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from accel_sim.engine import Engine
from accel_sim.loading.machine import as_machine
from accel_sim.machine import Machine
from accel_sim.mapping import Tiling
from accel_sim.search.space import mappings
from accel_sim.verify.layers import Pick, make_layer, seeded_pick
from accel_sim.verify.states import first_difference
from accel_sim.verify.twins import run_twins
from workloads.by_hand import gemm_workload
from workloads.inputs.values import whole_number
from workloads.workload import MaskedLayer

FEW = 4  # differences that a line names
MOST_M, MOST_K, MOST_N = 150, 160, 200  # the stepped engine takes a second for a layer of this size,
MOST_CYCLES, LEAST_K = 5_000, 8  # if the machine has the multipliers for it


@dataclass(frozen=True)
class CaseResult:
    """One random layer of many through both engines."""

    seed: int
    masked: MaskedLayer
    mode: str
    differences: dict[str, tuple[object, object]]  # what differs -> (compiled, stepped)
    states: str = ""  # where there are some: the first differing cycle and what either engine does in it

    def __str__(self) -> str:
        """One line: the layer, the first thing that differs, and the first cycle that does."""
        layer = self.masked.layer
        where = f"seed {self.seed}: {layer.name} {layer.m_dim} x {layer.k_dim} x {layer.n_dim}, {self.mode}"
        if not self.differences:
            return where
        name, (fast, stepped) = next(iter(self.differences.items()))
        others = [other for other in self.differences if other != name]
        more = f", also {_listed(others)}" if others else ""
        return f"{where}: {name}: compiled {fast}, stepped {stepped}{more}; {self.states}"


def verify(machine: Machine | str | os.PathLike[str], cases: int, seed: int = 0) -> Iterator[CaseResult]:
    """Run ``cases`` random layers, about two tiles of the machine in each direction, through both engines.

    They are compared in every counter, in when each step, load and store began and ended, and in the
    computed product.

    Raises:
        InputError: a layer's smallest tile does not fit the machine, or its architecture cannot be stepped.
    """
    machine = as_machine(machine)
    cases, seed = whole_number(cases, "cases", 1), whole_number(seed, "seed", 0)
    tile = Engine.of(machine).layer(gemm_workload(1, 1, 1).layers[0]).schedule
    most_m, most_n = min(MOST_M, 2 * tile.tile_m + 2), min(MOST_N, 2 * tile.columns)
    most_k = max(LEAST_K, min(MOST_K, MOST_CYCLES * tile.multipliers // (most_m * most_n)))
    for case_seed in range(seed, seed + cases):
        pick = seeded_pick(case_seed)
        masked = make_layer(pick, machine, most_m, most_k, most_n)
        twins = run_twins(masked, _mapped(pick, masked, machine), case_seed)
        differences = twins.differences()
        states = first_difference(twins) if differences else ""
        yield CaseResult(case_seed, masked, twins.schedule.mode, differences, states)


def _mapped(pick: Pick, masked: MaskedLayer, machine: Machine) -> Machine:
    """The machine as it is, or with any of the mappings that fit the layer spelled out."""
    if pick((False, True)):
        return machine
    fitting = list(mappings(Tiling(masked, Engine.of(machine).layer(masked).schedule, machine)))
    return machine.with_mapping({masked.layer.name: str(pick(fitting).choice)}) if fitting else machine


def _listed(names: list[str]) -> str:
    """Some of the names, and how many more there are."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more
