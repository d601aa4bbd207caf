"""Cycles of the tensor cores of Sparseloop's figure 15, ours beside the published ones.

``python -m benchmarks.sparseloop_tensor_cores``. Published: ``tests/validation/data``, whose first line
names the source. Structured designs run on N:M masks, DSTC on unstructured ones, from scores of a fixed
seed; non-zero activations are drawn at random. STC_flexible-RLE differs in energy alone and is left out.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from accel_sim import load_machine, simulate
from benchmarks.bounds import Bounds, bounds
from workloads import gemm_workload
from workloads.console.script import Quick, run_script
from workloads.patterns import parse_pattern

PUBLISHED = Path(__file__).parents[1] / "tests/validation/data/sparseloop_tensor_cores.csv"
MACHINES = {
    "TC": "sparseloop_tc",
    "STC": "sparseloop_stc",
    "STC_flexible": "sparseloop_stc_flexible",
    "STC_flexible_dualCompress-RLE": "sparseloop_stc_dual_compress",
    "DSTC": "sparseloop_dstc",
}
MOST_GAP = {  # percent
    "TC": 0.1,
    "STC": 0.1,
    "STC_flexible": 0.11,
    "STC_flexible_dualCompress-RLE": 0.3,
    "DSTC": 9,
}
STRUCTURED = {1.0: "dense", 0.5: "nm(2:4)", 0.25: "nm(2:8)"}  # weights of that density, as the setup has them
UNSTRUCTURED = {1.0: "dense", 0.5: "unstructured(density=0.5)", 0.25: "unstructured(density=0.25)"}


def table() -> pd.DataFrame:
    """One row a published row: the GEMM, the design, cycles and energy (uJ) of both, and the gaps."""
    published = pd.read_csv(PUBLISHED, comment="#")
    rows = []
    for row in published[published["design"].isin(MACHINES)].to_dict("records"):
        m_dim, k_dim, n_dim = (int(row[f"{axis}_dim"]) for axis in "mkn")
        patterns = UNSTRUCTURED if row["design"] == "DSTC" else STRUCTURED
        pattern, density = patterns[row["weight_density"]], row["activation_density"]
        score = np.random.default_rng(0).random((m_dim, k_dim))
        keep = parse_pattern(pattern).keep_mask(score).to_dense()
        workload = gemm_workload(m_dim, k_dim, n_dim, weight_keep=keep, activation_density=density)
        result = simulate(workload, load_machine(MACHINES[row["design"]]))
        rows.append(
            {
                "design": row["design"],
                "gemm": f"{m_dim} x {k_dim} x {n_dim}",
                "weights": pattern,
                "activation_density": density,
                "published_cycles": int(row["cycles"]),
                "cycles": result.cycles,
                "gap_percent": 100 * (result.cycles / row["cycles"] - 1),
                "published_energy_uj": row["energy_uj"],
                "energy_uj": result.energy_pj / 1e6,
            }
        )
    return pd.DataFrame(rows)


def report(bound: Bounds) -> None:
    """Print the table, and each design's gaps."""
    found = table()
    print(found.to_string(index=False, float_format=lambda value: f"{value:.2f}"))
    for design, most in MOST_GAP.items():
        gap = found.loc[found["design"] == design, "gap_percent"].abs()
        print(f"{design}: {len(gap)} rows, {gap.mean():.2f} % in the mean")
        bound.at_most("gap of cycles, at most", gap.max(), most, "%", exact=True)


def main(quick: Quick = False) -> None:
    """Print the table; the quick form is the whole one."""
    with bounds(quick) as bound:
        report(bound)


if __name__ == "__main__":
    run_script(main)
