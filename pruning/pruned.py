"""Pruned networks read back from their files, to run in torch and to be tested on the user's images."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from pruning.channel.widths import give_widths
from pruning.data import Dataset
from pruning.export import restore_network
from pruning.finetune import accuracy
from pruning.models import build_model
from workloads.artifact import PrunedNetwork, read_artifact
from workloads.inputs import InputError


def load_pruned(path: Path) -> tuple[nn.Module, PrunedNetwork]:
    """The network of an artifact that :func:`~pruning.run.run_pruning` made, with its weights in place.

    Raises:
        InputError: unreadable, or it does not name a network of :mod:`pruning.models`.
    """
    network = read_artifact(path)
    name, options = network.provenance.get("model"), network.provenance.get("options")
    if not isinstance(name, str) or not isinstance(options, dict):
        raise InputError(f"{path}: provenance: expected the network's definition, got none")
    try:
        model = build_model(name, **options)
    except TypeError as error:
        raise InputError(f"{path}: options: expected those of {name}, got: {error}") from error
    widths = network.provenance.get("widths")
    if widths is not None:  # of a network that lost channels
        give_widths(model, widths)
    return restore_network(model, network), network


def class_accuracy(
    model: nn.Module, data: Dataset, classes: tuple[int, ...], head: tuple[int, ...] | None = None
) -> float:
    """Accuracy on the test images of ``classes``: the highest logit among theirs decides.

    Args:
        head: the labels that the outputs of ``model`` stand for, if not all in order.

    Raises:
        InputError: a class is absent from the data or from the head.
    """
    if head is None:
        mine = data.of_classes(classes)
        return accuracy(model, mine.test_images, mine.test_labels, classes)
    unknown = sorted(set(classes) - set(head))
    if unknown:
        raise InputError(
            f"classes: expected some of {list(head)}, the classes that the network has outputs for,"
            f" got {unknown[0]}"
        )
    mine = data.relabelled(head)
    outputs = tuple(head.index(label) for label in classes)
    mine = mine.of_classes(outputs)
    return accuracy(model, mine.test_images, mine.test_labels, outputs)


def require_its_data(network: PrunedNetwork, data: Dataset) -> None:
    """Raise :class:`InputError` unless ``data`` has the images and classes that ``network`` was pruned on."""
    first = network.layers[0].layer
    expected = (first.in_channels, first.in_h, first.in_w)
    if first.kind != "linear" and data.image_shape != expected:
        raise InputError(
            f"{data.name}: expected images of {_by(expected)}, as the network was pruned on,"
            f" got {_by(data.image_shape)}"
        )
    labels = network.provenance.get("run", {}).get("classes", [])
    for label, name in zip(labels, network.provenance.get("class_names", []), strict=False):
        got = data.class_names[label] if label < len(data.class_names) else None
        if got != name:
            raise InputError(
                f"{data.name}: expected {name!r} as class {label}, as the network was pruned for, got {got!r}"
            )


def _by(shape: tuple[int, int, int]) -> str:
    return " x ".join(map(str, shape))


def head_of(network: PrunedNetwork) -> tuple[int, ...] | None:
    """The labels that the network's outputs stand for; None: all of its data set."""
    run = network.provenance.get("run", {})
    return tuple(run["classes"]) if run.get("head") == "classes" else None
