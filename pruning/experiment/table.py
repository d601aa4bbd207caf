"""Tables of an experiment: a row a run, the settings that tell runs apart, mean and spread over seeds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from pruning.experiment.execute import Outcome
from workloads.artifact import read_artifact
from workloads.inputs import InputError, replace_atomically

RUNS, SUMMARY = "runs.csv", "summary.csv"
_MEASURED = ("accuracy_before", "accuracy", "reached_sparsity")
_OF_ONE_RUN = (*_MEASURED, "seed", "file", "error")


def result_row(outcome: Outcome) -> dict[str, Any]:
    """A run's user and data, every field of its configuration, and what came out of it.

    ``accuracy_before`` (of the dense network on the user's classes, without fine-tuning), ``accuracy``,
    ``reached_sparsity`` (all fractions), ``file`` and ``error``.
    """
    config = asdict(outcome.run.config)
    labels = config.pop("classes")
    row: dict[str, Any] = {"user": outcome.run.user, "class_count": len(labels), **config}
    if outcome.error:
        return {**row, "data": "", **dict.fromkeys(_MEASURED), "file": "", "error": outcome.error}
    made = read_artifact(outcome.path).provenance
    measured = dict(
        zip(_MEASURED, (made["accuracy_before"], made["accuracy"], made["sparsity"]), strict=True)
    )
    return {**row, "data": made["data"], **measured, "file": outcome.path.name, "error": ""}


def settings(rows: pd.DataFrame) -> list[str]:
    """The columns of results that say what was run: equal in runs that differ in their seed alone."""
    return [str(name) for name in rows if name not in _OF_ONE_RUN]


def shown(rows: pd.DataFrame, always: Iterable[str] = ("user", "pattern", "sparsity")) -> list[str]:
    """Those of the settings that tell runs apart, and ``always``."""
    return [name for name in settings(rows) if name in always or rows[name].nunique() > 1]


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Runs that differ in their seed alone as one row: mean, sample standard deviation, least, most.

    Columns that are the same in all runs are left out. The deviation of one run is NaN.
    """
    rows = rows[rows["error"] == ""]
    fixed = settings(rows)
    groups = rows.groupby(fixed, sort=False)
    table = groups.agg(
        seeds=("seed", "count"),
        accuracy_before=("accuracy_before", "mean"),
        accuracy_mean=("accuracy", "mean"),
        accuracy_deviation=("accuracy", "std"),
        accuracy_least=("accuracy", "min"),
        accuracy_most=("accuracy", "max"),
        reached_sparsity=("reached_sparsity", "mean"),
    ).reset_index()
    return table[shown(rows) + [name for name in table if name not in fixed]]


def write_tables(results: Iterable[dict[str, Any]], folder: Path | str) -> tuple[Path, Path]:
    """Results in tables: ``runs.csv``, a row a run, and ``summary.csv`` in ``folder``."""
    folder = Path(folder)
    rows = pd.DataFrame(results)
    paths = folder / RUNS, folder / SUMMARY
    for path, table in zip(paths, (rows, summary(rows)), strict=True):
        replace_atomically(path, partial(table.to_csv, index=False))
    return paths


def finished_runs(folder: Path | str) -> pd.DataFrame:
    """The rows of ``runs.csv`` in the folder of an experiment, without the runs that failed.

    Raises:
        InputError: there is no such table, or every run in it failed.
    """
    table = Path(folder) / RUNS
    if not table.is_file():
        raise InputError(f"{table}: expected the table that crisp-prune experiment writes, got none")
    runs = pd.read_csv(table)
    if runs["error"].notna().all():
        raise InputError(f"{table}: expected a run that did not fail, got none")
    return runs[runs["error"].isna()]
