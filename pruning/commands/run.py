"""The command ``run``: prune a network for a user's classes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pruning.commands.options import (
    DataName,
    DataRoot,
    Factory,
    Json,
    Leave,
    Threads,
    require_suffix,
    with_fields,
)
from pruning.report.screen import show
from pruning.run.config import RunConfig
from workloads.console.terminal import Stopped, warn
from workloads.inputs import InputError, locked_file

EPILOG = "Example: crisp-prune run --classes 2,4,6 --sparsity 0.9 -o pruned.safetensors"


@with_fields(RunConfig, "classes", "leave")
def run(
    classes: Annotated[str, typer.Option(help="The user's classes: names or numbers, comma-separated.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Pruned network to write (.safetensors).")],
    checkpoint: Annotated[
        Path | None, typer.Option(help="Dense network; the ResNet-20 in the package if not given.")
    ] = None,
    model: Factory = None,
    data: DataName = None,
    data_root: DataRoot = None,
    leave: Leave = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with this run where it was killed, if it was.")
    ] = False,
    threads: Threads = 1,
    as_json: Json = False,
    **chosen: Any,
) -> None:
    """Prune a network for the user's classes, fine-tune it, and write what survives.

    Every finished stage is kept beside the output until the run is done, so that --resume loses at most
    the stage in flight.
    """
    import torch

    from pruning.data import load_dataset, parse_classes
    from pruning.files.checkpoint import checkpoint_source, shipped_checkpoint
    from pruning.models.shared.registry import allow_model
    from pruning.report.network import lost_classes
    from pruning.run.prune import prune_to_file, state_beside
    from pruning.run.remarks import remarks
    from workloads.console.progress import progress_bar

    require_suffix(output)
    unfinished = state_beside(output)
    with locked_file(output):  # the stages of a run that is under way are not there to be deleted
        if unfinished.exists() and not resume:
            raise InputError(
                f"{unfinished}: expected no unfinished run, got one; go on with --resume, or delete it"
            )
    torch.set_num_threads(threads)
    allow_model(model)
    dense = checkpoint or shipped_checkpoint()
    images = load_dataset(checkpoint_source(dense) if data is None else data, data_root)
    config = RunConfig(
        parse_classes(classes, images.class_names), leave=",".join(leave) if leave else "none", **chosen
    )
    try:
        with progress_bar() as report:
            result = prune_to_file(config, dense, images, output, report)
    except KeyboardInterrupt:
        if not unfinished.exists():
            raise
        raise Stopped(f"{unfinished} keeps every finished stage: go on with --resume") from None
    summary = {
        "file": str(output),
        "pattern": config.pattern,
        "classes": list(config.classes),
        "asked_sparsity": config.sparsity,
        "sparsity": result.sparsity,
        "accuracy_before": result.accuracy_before,
        "accuracy": result.accuracy,
    }
    warn([result.warning] if result.warning else [])
    warn(remarks(result.network.provenance), "note")
    lost = lost_classes(result.network)
    if lost:
        warn(
            [
                f"no weight of the classifier is left for {', '.join(lost)}: they are not told apart;"
                " --exempt first,last,depthwise keeps them"
            ],
            "note",
        )
    show([summary], as_json, f"{output}")
