"""The table of a comparison: pairs of patterns and machines, simulated, a row each, ratios to the first."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import pandas as pd

from accel_sim.columns import MACHINES, RATIOS
from accel_sim.compare.fairness import check_equal
from accel_sim.compare.labels import require_distinct
from accel_sim.loading.machine import as_machine
from accel_sim.machine import Machine
from accel_sim.results import SimulationResult
from accel_sim.simulation import simulate
from workloads.inputs import InputError
from workloads.inputs.values import fraction
from workloads.patterns import at_density
from workloads.workload import Workload


def each(machines: Sequence[Machine], patterns: Sequence[str] | None) -> list[tuple[str | None, Machine]]:
    """Pairs of every pattern with every machine; no pattern is dense, or what an artifact brings."""
    texts: Sequence[str | None] = patterns or [None]
    return [(text, machine) for text in texts for machine in machines]


def at_sparsity(
    machines: Sequence[Machine], patterns: Sequence[str] | None, sparsity: float
) -> list[tuple[str | None, Machine]]:
    """Pairs of every machine with the patterns that it is made for, at a sparsity where these leave it open.

    Raises:
        InputError: a sparsity that is none, patterns beside it, or a machine that is made for none.
    """
    sparsity = fraction(sparsity, "sparsity", below_one=True)
    if patterns:
        raise InputError("pattern: expected none beside --sparsity, which takes those of the machines")
    for machine in machines:
        if not machine.patterns:
            raise InputError(f"{machine.label}: patterns: expected what it is made for, got none")
    density = round(1 - sparsity, 12)
    return [(at_density(text, density), machine) for machine in machines for text in machine.patterns]


def compare(
    pairs: Iterable[tuple[str, Workload, Machine | str | os.PathLike[str]]], unequal: bool = False
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Simulate each (label, workload, machine), a row of the comparison each.

    Args:
        unequal: rank machines although they do not have the same resources.

    Raises:
        InputError: machines of which one has what another has not (:mod:`accel_sim.compare.fairness`), or
            a label and a machine that come twice.

    Returns:
        One row a pair (label, the totals of :meth:`SimulationResult.summary`, what the machine holds, and
        ratios to the first row: larger is better), and the layers of each pair under
        ``"label on machine"``.
    """
    runs = [(label, workload, as_machine(machine)) for label, workload, machine in pairs]
    require_distinct((label, machine) for label, _, machine in runs)
    if not unequal:
        check_equal([machine for _, _, machine in runs])
    results: list[tuple[str, SimulationResult]] = []
    rows = []
    for label, workload, machine in runs:
        result = simulate(workload, machine)
        results.append((label, result))
        of_machine = {column.name: column.value(machine) for column in MACHINES}
        rows.append({"label": label, **result.summary(), **of_machine})
    table = pd.DataFrame(rows)
    layers = {f"{label} on {result.machine}": result.layers for label, result in results}
    return with_ratios(table), layers


def with_ratios(table: pd.DataFrame) -> pd.DataFrame:
    """``table`` with what relates each row to the first."""
    rows = table.to_dict("records")
    return table.assign(**{column.name: [column.value(row, rows[0]) for row in rows] for column in RATIOS})
