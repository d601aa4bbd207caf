"""Several workloads on several machines: one row each, ratios to the first."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from accel_sim.fairness import check_equal
from accel_sim.machine import Machine
from accel_sim.results import SimulationResult
from accel_sim.simulation import simulate
from workloads.workload import Workload


def compare(
    pairs: Iterable[tuple[str, Workload, Machine]], unequal: bool = False
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Simulate each (label, workload, machine).

    Args:
        unequal: rank machines although they do not have the same resources.

    Raises:
        InputError: machines whose multipliers, on-chip bytes, bandwidths or energy tables differ.

    Returns:
        One row a pair (label, the totals of :meth:`SimulationResult.summary`, ``speedup`` and
        ``energy_ratio`` against the first row: larger is better), and the layers of each pair
        under ``"label on machine"``.
    """
    pairs = list(pairs)
    if not unequal:
        check_equal([machine for _, _, machine in pairs])
    results: list[tuple[str, SimulationResult]] = []
    for label, workload, machine in pairs:
        results.append((label, simulate(workload, machine)))
    table = pd.DataFrame([{"label": label, **result.summary()} for label, result in results])
    layers = {f"{label} on {result.machine}": result.layers for label, result in results}
    return with_ratios(table), layers


def with_ratios(table: pd.DataFrame) -> pd.DataFrame:
    """``table`` with ``speedup`` and ``energy_ratio`` of each row over the first."""
    first = table.iloc[0]
    return table.assign(
        speedup=first["seconds"] / table["seconds"],
        energy_ratio=first["energy_pj"] / table["energy_pj"],
    )
