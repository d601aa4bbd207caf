"""Cycles of an Eyeriss v2 PE on four real layers, ours beside the published ones.

``python -m benchmarks.eyeriss_v2``. Published: a folder of masks and cycles that lies beside the
repository and is not copied into it (Sparseloop's MICRO 2022 artifact, figure 12 setup).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from accel_sim import load_machine, simulate
from benchmarks.bounds import Bounds, bounds
from workloads import gemm_workload
from workloads.console.script import Quick, run_script

REFERENCE = Path(__file__).parents[2] / "shared/reference/eyeriss_v2_pe"
MACHINE = "eyeriss_v2_pe"

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Published:
    """A layer: which weights [m_dim, k_dim] and activations [k_dim, n_dim] are not zero, and what it took."""

    name: str
    weights: Mask
    activations: Mask
    cycles: int
    uniform_ratio: float  # what Sparseloop's statistical model makes of it, over the cycles

    @property
    def expected_cycles(self) -> float:
        """What densities alone would say."""
        pairs = self.weights.shape[0] * self.activations.size
        return float(self.weights.mean() * self.activations.mean() * pairs)


def absent() -> str | None:
    """A sentence that names what is missing, if something is."""
    return None if (REFERENCE / "cycles.csv").is_file() else f"no masks of Eyeriss v2: {REFERENCE} is absent"


def layers() -> list[Published]:
    """The published layers."""
    return [
        Published(
            name=row["layer"],
            weights=_mask(f"{row['layer']}_weights.txt", row["m_dim"], row["k_dim"]),
            activations=_mask(f"{row['layer']}_iacts.txt", row["n_dim"], row["k_dim"]).T,
            cycles=row["cycles"],
            uniform_ratio=row["sparseloop_uniform_model_ratio"],
        )
        for row in pd.read_csv(REFERENCE / "cycles.csv").to_dict("records")
    ]


def _mask(name: str, rows: int, columns: int) -> Mask:
    """Zeros and ones, row after row."""
    digits = "".join((REFERENCE / name).read_text().split())
    return (np.frombuffer(digits.encode(), "S1") == b"1").reshape(rows, columns)


def table() -> pd.DataFrame:
    """One row a layer: cycles and MACs of ours, published cycles, and what densities alone say over these."""
    machine, rows = load_machine(MACHINE), []
    for layer in layers():
        (m_dim, k_dim), n_dim = layer.weights.shape, layer.activations.shape[1]
        workload = gemm_workload(
            m_dim, k_dim, n_dim, weight_keep=layer.weights, activation_keep=layer.activations
        )
        row = simulate(workload, machine).layers.iloc[0]
        rows.append(
            {
                "layer": layer.name,
                "gemm": f"{m_dim} x {k_dim} x {n_dim}",
                "published_cycles": layer.cycles,
                "cycles": int(row["cycles"]),
                "macs": int(row["macs"]),
                "density_ratio": layer.expected_cycles / layer.cycles,
                "published_density_ratio": layer.uniform_ratio,
            }
        )
    return pd.DataFrame(rows)


def report(bound: Bounds) -> None:
    """Print the table, or what is missing for it."""
    missing = absent()
    if missing:
        print(missing)
        return
    found = table()
    print(found.to_string(index=False, float_format=lambda value: f"{value:.3f}"))
    off = (found["cycles"] - found["published_cycles"]).abs().max()
    bound.at_most("cycles that a layer is off, at most", off, 0, exact=True)


def main(quick: Quick = False) -> None:
    """Print the table; the quick form is the whole one."""
    with bounds(quick) as bound:
        report(bound)


if __name__ == "__main__":
    run_script(main)
