"""Running time of the dual-side sparse tensor core over weight density, ours beside the measured one.

``python -m benchmarks.dstc``. Measured: ``tests/validation/data``, whose first line names the source.
Both as ratios to the dense point: the paper's unit of time is not ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from accel_sim import load_machine, simulate
from benchmarks.bounds import Bounds, bounds
from workloads import gemm_workload
from workloads.console.script import Quick, run_script

MEASURED = Path(__file__).parents[1] / "tests/validation/data/dstc_measured.csv"
MACHINE, SEED = "dstc_paper", 0
MOST_MEAN_GAP, MOST_GAP = 5, 10
QUICK_COLUMNS = 512  # of 4,096


def table(n_dim: int | None = None, overrides: Mapping[str, object] | None = None) -> pd.DataFrame:
    """One row a measured point, the dense one first: cycles, ratios of both to the dense point, the gap.

    Args:
        n_dim: columns, if not those of the paper. Activations are dense, so every output tile of an m
            tile takes the same cycles, and ratios depend on weights alone.
        overrides: of the machine.
    """
    machine = load_machine(MACHINE, dict(overrides or {}))
    points = pd.read_csv(MEASURED, comment="#")
    cycles = []
    for row in points.to_dict("records"):
        # The same scores at every density: a sparser mask is part of a denser one.
        score = np.random.default_rng(SEED).random((int(row["m_dim"]), int(row["k_dim"])), dtype=np.float32)
        workload = gemm_workload(
            int(row["m_dim"]),
            int(row["k_dim"]),
            n_dim or int(row["n_dim"]),
            weight_keep=score < row["density_a"],
            activation_density=row["density_b"],
        )
        cycles.append(simulate(workload, machine).cycles)
    found = points[["density_a", "measured"]].assign(cycles=cycles)
    found["measured_ratio"] = found["measured"] / found["measured"][0]
    found["ratio"] = found["cycles"] / found["cycles"][0]
    found["gap_percent"] = 100 * (found["ratio"] / found["measured_ratio"] - 1)
    return found


def gaps(found: pd.DataFrame) -> tuple[float, float]:
    """Mean and largest gap of the sparse points, in percent and without sign."""
    sparse = found["gap_percent"][found["density_a"] < 1].abs()
    return float(sparse.mean()), float(sparse.max())


def report(bound: Bounds) -> None:
    """Print the table and its gaps, and beside them those without the limit on merges."""
    found = table(QUICK_COLUMNS if bound.quick else None)
    print(found.to_string(index=False, float_format=lambda value: f"{value:.3f}"))
    mean, largest = gaps(found)
    bound.at_most("gap of the sparse points, in the mean", mean, MOST_MEAN_GAP, "%", exact=True)
    bound.at_most("gap of the sparse points, at most", largest, MOST_GAP, "%", exact=True)
    unlimited = gaps(table(QUICK_COLUMNS, {"array.merges_per_cycle": 2**10}))
    print(f"  without the limit on merges: {unlimited[0]:.2f} % in the mean, {unlimited[1]:.2f} % at most")


def main(quick: Quick = False) -> None:
    """Print the table; in the quick form on fewer columns, which do not touch its ratios."""
    with bounds(quick) as bound:
        report(bound)


if __name__ == "__main__":
    run_script(main)
