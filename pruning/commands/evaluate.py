"""The command ``evaluate``: accuracy of a pruned network, read back from its file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pruning.commands.options import DataName, DataRoot, Factory, Json, Threads
from pruning.report.screen import show
from workloads.inputs import InputError

EPILOG = "Example: crisp-prune evaluate pruned.safetensors"


def evaluate(
    file: Annotated[Path, typer.Argument(help="A pruned network (.safetensors).")],
    classes: Annotated[str | None, typer.Option(help="Other classes than it was pruned for.")] = None,
    model: Factory = None,
    data: DataName = None,
    data_root: DataRoot = None,
    threads: Threads = 1,
    as_json: Json = False,
) -> None:
    """Accuracy of a pruned network, read back from its file, on the user's test images."""
    import torch

    from pruning.data import load_dataset, parse_classes
    from pruning.files.pruned import head_of, load_pruned, require_its_data
    from pruning.models.shared.registry import allow_model
    from pruning.report.network import sparsity_of
    from pruning.training.accuracy import class_accuracy

    torch.set_num_threads(threads)
    allow_model(model)
    network_model, network = load_pruned(file)
    if data is None:
        data = network.provenance.get("data_source") or "fashion_mnist"
    images = load_dataset(data, data_root)
    require_its_data(network, images)
    if classes is None:  # labels as they are: as text, 0 would be the class of that name
        labels = _classes_of(file, network.provenance)
    else:
        labels = parse_classes(classes, images.class_names)
    summary = {
        "file": str(file),
        "classes": list(labels),
        "class_names": [images.class_names[label] for label in labels],
        "images": len(images.of_classes(labels).test_labels),
        "accuracy": class_accuracy(network_model, images, labels, head_of(network)),
        "asked_sparsity": network.provenance.get("asked_sparsity"),
        "sparsity": sparsity_of(network),
    }
    show([summary], as_json, str(file))


def _classes_of(file: Path, provenance: Any) -> tuple[int, ...]:
    found = provenance.get("run", {}).get("classes")
    if not isinstance(found, list):
        raise InputError(f"{file}: expected the classes that it was pruned for, got none; give --classes")
    return tuple(found)
