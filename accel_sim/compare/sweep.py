"""A sweep run over processes: each point simulated into a row, what its folder lacks, its tables written."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import pandas as pd

from accel_sim.compare.finished import FinishedPoints, finished_points
from accel_sim.compare.grid import Grid, Point, load_sweep
from accel_sim.report.files import ENERGY_NOTE, SWEEP, save_json, save_table
from accel_sim.simulation import simulate
from workloads.inputs import InputError, as_path, locked, one_line

__all__ = ["load_sweep", "run_sweep"]

Row = dict[str, Any]


class _Outcome(NamedTuple):
    """How a point ended."""

    place: int  # in the grid
    key: str
    row: Row
    lasting: bool = True  # whether it would end so again


def run_point(point: Point) -> Row:
    """Simulate one point: its workload, its varied fields and the totals, as one row.

    Raises:
        InputError: there is no such machine, or its mapping finds no tiles that fit.
    """
    if point.machine is None:
        raise InputError(point.error)
    result = simulate(point.workload.load(point.sweep_file), point.machine)
    return {**_chosen(point), "multipliers": result.multipliers, **result.summary(), "error": ""}


def _chosen(point: Point) -> Row:
    w = point.workload
    chosen: Row = {"pattern": w.pattern or "", "seed": w.seed, "batch": w.batch}
    if w.activation_density is not None:
        chosen["activation_density"] = w.activation_density
    varied = {k: json.dumps(v) if isinstance(v, list | dict) else v for k, v in point.overrides.items()}
    return {**chosen, **varied}


def _run_point(place: int, point: Point) -> _Outcome:
    """A point's row; of one that cannot be run its reason, as the column ``error``."""
    try:
        return _Outcome(place, point.key, run_point(point))
    except InputError as error:
        reason, lasting = str(error), True
    except Exception as error:  # not foreseen, memory perhaps: the other points go on
        reason, lasting = one_line(error), False
    name = Path(str(point.workload.network or point.workload.file)).stem
    row = {**_chosen(point), "workload": name, "machine": point.machine_name, "error": reason}
    return _Outcome(place, point.key, row, lasting)


def run_sweep(
    grid: Grid, folder: str | os.PathLike[str], jobs: int, report: Callable[[int], None]
) -> pd.DataFrame:
    """Run what ``folder`` lacks, and write ``results.csv``, ``results.parquet`` and ``sweep.json``.

    Each finished point is appended to ``points.jsonl`` at once; a later call with the same sweep and
    code takes it from there. A point that cannot be run is a row, too: with its reason as ``error`` (empty
    for the others) and without figures.

    Args:
        jobs: processes; -1 for one a core.
        report: called with the number of points done so far.

    Raises:
        InputError: another run holds ``folder``, it cannot be written, a process was killed. What is done
            is kept.
    """
    folder, rows = as_path(folder), dict[int, Row]()

    def missing(done: FinishedPoints) -> Iterator[tuple[int, Point]]:
        for place, point in enumerate(grid):
            if point.key in done.rows:
                rows[place] = done.rows[point.key]
            else:
                yield place, point

    with locked(folder), finished_points(folder) as done:
        try:
            for outcome in _run(missing(done), jobs):
                rows[outcome.place] = outcome.row
                if outcome.lasting:
                    done.add(outcome.key, outcome.row)
                report(len(rows))
        except BrokenExecutor as error:
            raise InputError(
                f"{folder}: expected processes that live to the end, got one that was killed (out of memory,"
                f" perhaps); {len(done.rows):,} points are kept, and the same command goes on from there"
            ) from error
        report(len(rows))
        table = _table([rows[place] for place in range(len(grid))])
        save_table(folder, SWEEP, table)
        failed = int((table["error"] != "").sum())
        about = {"description": grid.sweep.description, "points": len(table), "failed": failed}
        save_json(folder / "sweep.json", {**about, "note": ENERGY_NOTE})
    return table


def _run(points: Iterator[tuple[int, Point]], jobs: int) -> Iterator[_Outcome]:
    """Run points as they are asked for; those of several processes come as they end."""
    first = list(itertools.islice(points, 2))
    points = itertools.chain(first, points)
    if jobs == 1 or len(first) < 2:
        yield from itertools.starmap(_run_point, points)
        return
    parallel = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered")
    yield from parallel(joblib.delayed(_run_point)(*numbered) for numbered in points)


def _table(rows: list[Row]) -> pd.DataFrame:
    """Rows as a table; whole numbers stay whole where rows without figures are among them."""
    whole = next((row for row in rows if not row["error"]), rows[0])
    names = dict.fromkeys((*whole, *(name for row in rows for name in row)))
    table = pd.DataFrame(rows, columns=list(names))
    for name in names:
        if table[name].isna().any() and isinstance(whole.get(name), int):
            table[name] = pd.array([row.get(name) for row in rows], dtype="Int64")
    return table
