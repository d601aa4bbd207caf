"""The command ``experiment``: a grid of pruning runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pruning.commands.options import DataRoot, Factory
from workloads.console.terminal import say, warn
from workloads.inputs import InputError, locked

if TYPE_CHECKING:
    from pruning.experiment.execute import Outcome
    from pruning.experiment.plan import Run

EPILOG = "Example: crisp-prune experiment experiments/glyph62.yaml -o results/glyph62"


def experiment(
    file: Annotated[Path, typer.Argument(help="An experiment (.yaml).")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for pruned networks and tables.")],
    jobs: Annotated[int, typer.Option(help="Processes of one thread each; -1 for one a core.")] = -1,
    model: Factory = None,
    data_root: DataRoot = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="List the runs after all that they check beforehand; run nothing."),
    ] = False,
) -> None:
    """Prune for every combination of users, patterns, sparsities and seeds; a killed experiment goes on.

    Writes every pruned network, runs.csv (a row a run) and summary.csv (mean and spread over seeds).
    """
    import torch

    from pruning.experiment.check import check_experiment
    from pruning.experiment.execute import dense_checkpoint, run_experiment
    from pruning.experiment.plan import load_experiment
    from pruning.experiment.table import result_row, write_tables
    from pruning.models.shared.registry import allow_model
    from workloads.console.progress import progress_bar

    if jobs == 0 or jobs < -1:
        raise InputError(f"--jobs: expected -1 or at least 1, got {jobs}")
    torch.set_num_threads(1)
    allow_model(model)
    plan, data = load_experiment(file, data_root)
    failed: list[Outcome] = []
    if dry_run:
        for outcome in check_experiment(plan, data, output):
            say(outcome.path.name)
            failed += [outcome] if outcome.error else []
        _require_none(failed, len(plan.runs), "would fail")
        return
    rows: dict[Run, dict[str, Any]] = {}
    with locked(output), progress_bar() as show:
        checkpoint = dense_checkpoint(
            plan, data, output, lambda done, total, loss: show(done, total, f"dense: loss {loss:.3f}")
        )
        show(0, len(plan.runs), "runs")
        for outcome in run_experiment(plan, data, checkpoint, output, jobs, data_root, model):
            rows[outcome.run] = result_row(outcome)
            failed += [outcome] if outcome.error else []
            show(len(rows), len(plan.runs), f"runs: {outcome.path.stem}")
            write_tables((rows[run] for run in plan.runs if run in rows), output)
        tables = write_tables((rows[run] for run in plan.runs), output)
    warn(_missed(rows.values()))
    say(f"{len(rows)} runs in {tables[0]}, means and spreads in {tables[1]}")
    _require_none(failed, len(rows), "failed")


def _require_none(failed: list[Outcome], count: int, how: str) -> None:
    if failed:
        first = failed[0]
        raise InputError(f"{first.path.stem}: {first.error} ({len(failed)} of {count} runs {how})")


def _missed(rows: Iterable[dict[str, Any]]) -> list[str]:
    """A line for each pattern and sparsity of which a run missed what was asked for."""
    from pruning.run.remarks import missed_sparsity

    return [
        missed
        for row in rows
        if not row["error"]
        and (missed := missed_sparsity(row["pattern"], row["sparsity"], row["reached_sparsity"]))
    ]
