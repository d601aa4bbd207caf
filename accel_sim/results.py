"""Results: one row a layer, totals, and where the numbers came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from accel_sim import counters as c
from accel_sim.machine import Machine
from workloads.exempt import describe_exempt
from workloads.workload import Workload, density_gap

TEXT_COLUMNS = ("layer", "kind", "mode", "mapping", "bound", "exempt")
NONE = "none"  # of a text column: what is empty would be missing once read back from CSV


@dataclass(frozen=True)
class SimulationResult:
    """What a workload costs on a machine.

    ``layers`` holds one row a layer: geometry, the mode in which it ran, every counter of
    :mod:`accel_sim.counters`, utilisation (effectual MACs / (multipliers x cycles)), the binding
    resource, why the layer is exempt from the pattern, and energy in picojoules in all and by component.
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
        return self._total("cycles")

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
        return self._total("macs")

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

    def _total(self, counter: str) -> int:
        """Of all layers, as Python's whole number: int64 may not hold the sum."""
        return sum(self.layers[counter].tolist())

    def summary(self) -> dict[str, Any]:
        """The totals as one row: for comparisons, sweeps and ``--json``."""
        totals = {name: self._total(name) for name in c.NAMES}
        energies = {
            f"energy_{part}_pj": float(self.layers[f"energy_{part}_pj"].sum()) for part in c.COMPONENTS
        }
        return {
            "workload": self.workload,
            "machine": self.machine,
            "density": self.density,
            "asked_density": self.asked_density,
            "exempt": self.exempt or NONE,
            "warning": self.warning or NONE,
            **totals,
            "seconds": self.seconds,
            "utilisation": self.utilisation,
            "bound": self.bound,
            "energy_pj": self.energy_pj,
            **energies,
            "edp_js": self.edp_js,
        }


def build_result(
    workload: Workload,
    machine: Machine,
    counts: npt.NDArray[np.int64],
    energy: Mapping[str, npt.NDArray[np.float64]],
    described: Sequence[tuple[str, str, int]],
) -> SimulationResult:
    """Put geometry, counters and energy into one tidy table."""
    items = workload.layers
    multipliers = described[0][2]
    table: dict[str, Any] = {
        "layer": [item.layer.name for item in items],
        "kind": [item.layer.kind for item in items],
        "mode": [mode for mode, _, _ in described],
        "mapping": [label for _, label, _ in described],
        "bound": binding_resource(counts),
        "m_dim": [item.layer.m_dim for item in items],
        "k_dim": [item.layer.k_dim for item in items],
        "n_dim": [item.layer.n_dim for item in items],
        "groups": [item.layer.groups for item in items],
        "weights": [item.mask.weights for item in items],
        "exempt": [item.exempt or NONE for item in items],
        "kept": [item.mask.kept for item in items],
        "activation_density": [item.activation_density for item in items],
    }
    table.update({name: counts[:, index] for index, name in enumerate(c.NAMES)})
    table["utilisation"] = [
        macs / (multipliers * cycles)  # Python's whole numbers: int64 may not hold the product
        for macs, cycles in counts[:, (c.MACS, c.CYCLES)].tolist()
    ]
    table["energy_pj"] = sum(energy.values())
    table.update({f"energy_{part}_pj": values for part, values in energy.items()})
    return SimulationResult(
        workload.name,
        machine.label,
        pd.DataFrame(table),
        workload.density,
        workload.asked_density,
        machine.clock_hz,
        multipliers,
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


def binding_resource(counts: npt.NDArray[np.int64]) -> list[str]:
    """Of each layer, the resource that its work keeps busy for longest: compute, smem or dram.

    The array counts with its imbalance: while one core works, the array is taken.
    """
    names = ("compute", "smem", "dram")
    busy = np.stack(
        (counts[:, c.COMPUTE] + counts[:, c.STALL_IMBALANCE], counts[:, c.SMEM_BUSY], counts[:, c.DRAM_BUSY])
    )
    return [names[i] for i in busy.argmax(axis=0)]
