"""The result of a run: a table of layers, its totals (seconds, energy, EDP, bound), where they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from accel_sim.columns import LAYERS, NONE, TEXT, TOTALS, LayerRun
from accel_sim.machine import Machine
from workloads.exempt import describe_exempt
from workloads.workload import Workload, density_gap


@dataclass(frozen=True)
class SimulationResult:
    """What a workload costs on a machine.

    ``layers`` holds one row a layer, every column of :data:`accel_sim.columns.LAYERS`.
    """

    workload: str
    machine: str
    layers: pd.DataFrame
    density: float  # surviving fraction of the dense network's weights
    asked_density: float  # what the pattern was asked to keep; the same where masks were given
    clock_hz: float
    multipliers: int
    provenance: Mapping[str, Any]

    @property
    def cycles(self) -> int:
        """Cycles of all layers, one after another."""
        return self.total("cycles")

    @property
    def seconds(self) -> float:
        """Time at the machine's clock."""
        return self.cycles / self.clock_hz

    @property
    def energy_pj(self) -> float:
        """Energy of all layers, picojoules."""
        return float(self.layers["energy_pj"].sum())

    @property
    def edp_js(self) -> float:
        """Energy-delay product, joule seconds."""
        return self.energy_pj * 1e-12 * self.seconds

    @property
    def mappings(self) -> dict[str, str]:
        """Layer -> the mapping that it ran with; :func:`accel_sim.simulate` takes it back."""
        return dict(zip(self.layers["layer"], self.layers["mapping"], strict=True))

    @property
    def macs(self) -> int:
        """Effectual multiply-accumulates."""
        return self.total("macs")

    @property
    def exempt(self) -> str:
        """Which layers stay dense beside the pattern of the others and why, in a line; empty for none."""
        rows = zip(self.layers["layer"], self.layers["exempt"], strict=True)
        return describe_exempt({name: reason for name, reason in rows if reason != NONE})

    @property
    def warning(self) -> str:
        """What a reader of the totals has to know, in a sentence; empty for nothing."""
        return density_gap(self.asked_density, self.density)

    @property
    def utilisation(self) -> float:
        """Effectual MACs / (multipliers x cycles)."""
        return self.macs / (self.multipliers * self.cycles)

    @property
    def bound(self) -> str:
        """The resource that binds the most cycles."""
        return str(self.layers.groupby("bound")["cycles"].sum().idxmax())

    def total(self, counter: str) -> int:
        """A counter over all layers, as Python's whole number: int64 may not hold the sum."""
        return sum(self.layers[counter].tolist())

    def energy_of(self, component: str) -> float:
        """Energy that all layers spend in a component, picojoules."""
        return float(self.layers[f"energy_{component}_pj"].sum())

    def summary(self) -> dict[str, Any]:
        """The totals as one row, every column of :data:`accel_sim.columns.TOTALS`."""
        return {column.name: column.value(self) for column in TOTALS}


def build_result(workload: Workload, machine: Machine, runs: Sequence[LayerRun]) -> SimulationResult:
    """Put the layers that ran into one result with a tidy table."""
    table: dict[str, Any] = {column.name: [column.value(run) for run in runs] for column in LAYERS}
    for column in LAYERS:
        if column.unit != TEXT:  # pandas takes twice as long for a list
            table[column.name] = np.array(table[column.name])
    return SimulationResult(
        workload.name,
        machine.label,
        pd.DataFrame(table),
        workload.density,
        workload.asked_density,
        machine.clock_hz,
        runs[0].multipliers,
        {
            "workload": workload.source,
            "masks_blake2b": workload.masks_hash,
            "density": workload.density,
            "asked_density": workload.asked_density,
            "exempt": workload.exempt,
            "machine": machine.model_dump(),
            "dram": machine.dram.loaded.model_dump() if machine.dram.loaded else None,
            "energy_pj": dict(machine.energy_per_action_pj),
        },
    )
