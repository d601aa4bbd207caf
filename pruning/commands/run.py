"""``run``: prune a network for a user's classes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pruning.commands.options import DataName, DataRoot, Exempt, Factory, Json, Leave, Threads, require_suffix
from pruning.report.screen import show
from workloads.exempt import DEFAULT_TEXT
from workloads.inputs import InputError, locked_file
from workloads.inputs.terminal import Stopped, warn

EPILOG = "Example: crisp-prune run --classes 2,4,6 --sparsity 0.9 -o pruned.safetensors"


def run(
    classes: Annotated[str, typer.Option(help="The user's classes: names or numbers, comma-separated.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Pruned network to write (.safetensors).")],
    pattern: Annotated[
        str,
        typer.Option(
            help="crisp(2:4, block=16), block(block=16), nm(2:4), gs(banks=8), unstructured,"
            " unstructured(scope=layer), random, dense, or channel(multiple=8): narrower layers."
        ),
    ] = "crisp(2:4, block=16)",
    sparsity: Annotated[float, typer.Option(help="Fraction of all weights to remove.")] = 0.9,
    exempt: Exempt = DEFAULT_TEXT,
    leave: Leave = None,
    saliency: Annotated[
        str,
        typer.Option(
            help="What weights are worth: class_gradient, class_gradient(over_classes=max), magnitude,"
            " movement or random."
        ),
    ] = "class_gradient",
    saliency_classes: Annotated[
        str, typer.Option(help="Whose images saliency looks at: user, or all (blind to the user's classes).")
    ] = "user",
    checkpoint: Annotated[
        Path | None, typer.Option(help="Dense network; the ResNet-20 in the package if not given.")
    ] = None,
    model: Factory = None,
    data: DataName = None,
    data_root: DataRoot = None,
    stages: Annotated[int, typer.Option(help="Mask steps on the way to the sparsity.")] = 2,
    schedule: Annotated[
        str, typer.Option(help="How sparsity rises: one_shot, linear, cubic or decaying_nm.")
    ] = "linear",
    steps: Annotated[int, typer.Option(help="Optimiser steps after each mask step.")] = 12,
    last_steps: Annotated[int, typer.Option(help="More optimiser steps after the last.")] = 44,
    learning_rate: Annotated[float, typer.Option(help="Falls along a cosine to zero.")] = 0.05,
    sr_ste_decay: Annotated[
        float, typer.Option(help="Pulls masked weights towards zero as they learn; SR-STE takes 2e-4.")
    ] = 0.0,
    distill: Annotated[
        float, typer.Option(help="Share of the loss, 0 to 1, that compares with the dense network.")
    ] = 0.0,
    head: Annotated[
        str, typer.Option(help="full, or classes: the classifier keeps the user's rows alone.")
    ] = "full",
    activation_samples: Annotated[
        int, typer.Option(help="Images of which the file carries which activations are not zero.")
    ] = 2,
    seed: Annotated[int, typer.Option(help="Fixes samples, shuffling and augmentation.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with this run where it was killed, if it was.")
    ] = False,
    threads: Threads = 1,
    as_json: Json = False,
) -> None:
    """Prune a network for the user's classes, fine-tune it, and write what survives.

    Every finished stage is kept beside the output until the run is done, so that --resume loses at most
    the stage in flight.
    """
    import torch

    from pruning.data import load_dataset, parse_classes
    from pruning.files.checkpoint import checkpoint_source, shipped_checkpoint
    from pruning.models.shared.factory import allow_model
    from pruning.report.network import lost_classes
    from pruning.run.config import RunConfig
    from pruning.run.prune import prune_to_file, state_beside
    from pruning.run.remarks import remarks
    from workloads.inputs.progress import progress_bar

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
    images = load_dataset(data or checkpoint_source(dense), data_root)
    config = RunConfig(
        parse_classes(classes, images.class_names),
        pattern=pattern,
        sparsity=sparsity,
        exempt=exempt,
        leave=",".join(leave) if leave else "none",
        saliency=saliency,
        saliency_classes=saliency_classes,
        schedule=schedule,
        stages=stages,
        steps=steps,
        last_steps=last_steps,
        learning_rate=learning_rate,
        sr_ste_decay=sr_ste_decay,
        distill=distill,
        head=head,
        activation_samples=activation_samples,
        seed=seed,
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
        "pattern": pattern,
        "classes": list(config.classes),
        "asked_sparsity": sparsity,
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
