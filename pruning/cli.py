"""The command ``crisp-prune``: train, run, evaluate, inspect.

Torch and the rest are imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from workloads.inputs import InputError
from workloads.inputs.terminal import run_app

app = typer.Typer(
    name="crisp-prune",
    help="Prune a PyTorch network for a user's classes, and see what is left of it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

DataRoot = Annotated[
    str | None,
    typer.Option(
        help="Folder with the IDX files of Fashion-MNIST, or 'embedded' for the subset in the package."
        " Without it: Debian's full set where installed, else the subset."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Threads = Annotated[int, typer.Option(min=1, help="CPU threads of torch; the same number, the same bits.")]


@app.command(epilog="Example: crisp-prune train -o dense.safetensors --epochs 6")
def train(
    output: Annotated[Path, typer.Option("-o", "--output", help="Checkpoint to write (.safetensors).")],
    data_root: DataRoot = None,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the training images.")] = 6,
    width: Annotated[int, typer.Option(min=1, help="Channels of the first stage of ResNet-20.")] = 32,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    threads: Threads = 1,
) -> None:
    """Train a dense network from scratch; killed, the same command goes on from the last epoch."""
    import torch

    from pruning.data import load_fashion_mnist
    from pruning.progress import progress_bar
    from pruning.train import TrainConfig, train_network

    torch.set_num_threads(threads)
    config = TrainConfig(width=width, epochs=epochs, seed=seed)
    data = load_fashion_mnist(data_root)
    with progress_bar() as show:
        info = train_network(
            config, data, output, lambda done, total, loss: show(done, total, f"loss {loss:.3f}")
        )
    print(f"{output}: accuracy {info.accuracy:.4f} on the test images of {data.name}")


@app.command(epilog="Example: crisp-prune run --classes 2,4,6 --sparsity 0.9 -o pruned.safetensors")
def run(
    classes: Annotated[str, typer.Option(help="The user's classes: numbers or names, comma-separated.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Pruned network to write (.safetensors).")],
    pattern: Annotated[
        str,
        typer.Option(
            help="crisp(2:4, block=16), block(block=16), nm(2:4), gs(banks=8), unstructured,"
            " unstructured(scope=layer), random or dense."
        ),
    ] = "crisp(2:4, block=16)",
    sparsity: Annotated[float, typer.Option(help="Fraction of all weights to remove.")] = 0.9,
    saliency: Annotated[
        str,
        typer.Option(
            help="What weights are worth: class_gradient, class_gradient(over_classes=max), magnitude,"
            " movement or random."
        ),
    ] = "class_gradient",
    checkpoint: Annotated[
        Path | None, typer.Option(help="Dense network; the ResNet-20 in the package if not given.")
    ] = None,
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
    activation_samples: Annotated[
        int, typer.Option(help="Images of which the file carries which activations are not zero.")
    ] = 2,
    seed: Annotated[int, typer.Option(help="Fixes samples, shuffling and augmentation.")] = 0,
    threads: Threads = 1,
    as_json: Json = False,
) -> None:
    """Prune a network for the user's classes, fine-tune it, and write what survives."""
    import torch

    from pruning.checkpoint import shipped_checkpoint
    from pruning.data import load_fashion_mnist, parse_classes
    from pruning.progress import progress_bar
    from pruning.run import RunConfig, run_pruning
    from workloads.artifact import write_artifact

    _require_suffix(output)
    torch.set_num_threads(threads)
    data = load_fashion_mnist(data_root)
    config = RunConfig(
        parse_classes(classes, data.class_names),
        pattern=pattern,
        saliency=saliency,
        sparsity=sparsity,
        schedule=schedule,
        stages=stages,
        steps=steps,
        last_steps=last_steps,
        learning_rate=learning_rate,
        sr_ste_decay=sr_ste_decay,
        activation_samples=activation_samples,
        seed=seed,
    )
    with progress_bar() as show:
        result = run_pruning(config, checkpoint or shipped_checkpoint(), data, show)
    write_artifact(output, result.network)
    summary = {
        "file": str(output),
        "pattern": pattern,
        "classes": list(config.classes),
        "sparsity": result.sparsity,
        "accuracy_before": result.accuracy_before,
        "accuracy": result.accuracy,
    }
    _show([summary], as_json, f"{output}")


@app.command(epilog="Example: crisp-prune evaluate pruned.safetensors")
def evaluate(
    file: Annotated[Path, typer.Argument(help="A pruned network (.safetensors).")],
    classes: Annotated[str | None, typer.Option(help="Other classes than it was pruned for.")] = None,
    data_root: DataRoot = None,
    threads: Threads = 1,
    as_json: Json = False,
) -> None:
    """Accuracy of a pruned network, read back from its file, on the user's test images."""
    import torch

    from pruning.data import load_fashion_mnist, parse_classes
    from pruning.run import class_accuracy, load_pruned

    torch.set_num_threads(threads)
    model, network = load_pruned(file)
    data = load_fashion_mnist(data_root)
    text = classes if classes is not None else ",".join(map(str, _classes_of(file, network.provenance)))
    labels = parse_classes(text, data.class_names)
    mine = data.of_classes(labels)
    summary = {
        "file": str(file),
        "classes": list(labels),
        "class_names": [data.class_names[label] for label in labels],
        "images": len(mine.test_labels),
        "accuracy": class_accuracy(model, data, labels),
        "sparsity": 1 - network.density,
    }
    _show([summary], as_json, str(file))


@app.command(epilog="Example: crisp-prune inspect pruned.safetensors")
def inspect(
    file: Annotated[Path, typer.Argument(help="A pruned network, or with --pattern a dense checkpoint.")],
    pattern: Annotated[
        str | None, typer.Option(help="Dry run: what each layer of a dense network would get and why.")
    ] = None,
    sparsity: Annotated[float, typer.Option(help="Of the dry run.")] = 0.9,
    image_size: Annotated[int, typer.Option(help="Pixels a side of the dry run's images.")] = 28,
    as_json: Json = False,
) -> None:
    """Layer by layer: shape, density, N:M obeyed, living blocks of a block row, and why."""
    from pruning.describe import describe_network, describe_plan
    from workloads.artifact import read_artifact

    if pattern is None:
        network = read_artifact(file)
        rows, title = describe_network(network), f"{file}: sparsity {1 - network.density:.4f}"
        document: Any = {"provenance": dict(network.provenance), "layers": rows}
    else:
        rows = describe_plan(file, pattern, sparsity, image_size)
        title, document = f"{file}: dry run of {pattern}, masks by magnitude", {"layers": rows}
    if as_json:
        print(json.dumps(document, indent=2))
    else:
        _show(rows, False, title)


def _classes_of(file: Path, provenance: Any) -> list[int]:
    found = provenance.get("run", {}).get("classes")
    if not isinstance(found, list):
        raise InputError(f"{file}: expected the classes that it was pruned for, got none; give --classes")
    return found


def _require_suffix(path: Path) -> None:
    if path.suffix != ".safetensors":
        raise InputError(f"{path}: expected a name that ends in .safetensors, got {path.suffix or 'none'!r}")


def _show(rows: list[dict[str, Any]], as_json: bool, title: str) -> None:
    if as_json:
        print(json.dumps(rows[0] if len(rows) == 1 else rows, indent=2))
        return
    from pruning.progress import print_table

    print_table(rows, title)


def main() -> None:
    """Entry point of the command."""
    run_app(app)


if __name__ == "__main__":
    main()
