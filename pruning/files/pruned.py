"""Pruned networks read back from their files into torch, and what a file says of their images and outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field
from torch import nn

from pruning.channel.widths import give_widths
from pruning.data import Dataset
from pruning.files.artifact import restore_network
from pruning.models import build_model
from pruning.network.layers import shape_text
from workloads.artifact import PrunedNetwork, read_artifact
from workloads.inputs import InputError, as_path, explained
from workloads.inputs.schema import validate

_Size = Annotated[int, Field(ge=1)]


class _Run(BaseModel):
    """What is looked at of a run's configuration; older files, and those of others, lack some."""

    classes: list[Annotated[int, Field(ge=0)]] = []
    head: str = ""


class _LeftOut(BaseModel):
    """A parameter that was left out by name."""

    name: str
    weights: _Size
    why: str


class _Provenance(BaseModel):
    """What is looked at of a provenance."""

    model: str = ""
    options: dict[str, Any] = {}
    widths: dict[str, dict[str, int]] = {}
    image_shape: tuple[_Size, _Size, _Size] = (1, 1, 1)
    class_names: list[str] = []
    data_source: str = ""
    left_out: list[_LeftOut] = []
    activation_products: list[str] = []
    asked_sparsity: Annotated[float, Field(ge=0, le=1)] = 0
    sparsity: Annotated[float, Field(ge=0, le=1)] = 0
    run: _Run = _Run()


def read_pruned(path: Path | str) -> PrunedNetwork:
    """A pruned network read back from its file, its provenance of the types that this package writes.

    Raises:
        InputError: unreadable, or its provenance says things of another type.
    """
    network = read_artifact(as_path(path))
    validate(_Provenance, dict(network.provenance), lambda _: str(path), "provenance")
    return network


def load_pruned(path: Path | str) -> tuple[nn.Module, PrunedNetwork]:
    """The torch network of a file that :func:`~pruning.run.prune.run_pruning` made, its weights in place.

    Raises:
        InputError: as :func:`read_pruned`, or it does not name a network of :mod:`pruning.models`.
    """
    network = read_pruned(path)
    name, options = network.provenance.get("model"), network.provenance.get("options")
    if name is None or options is None:
        raise InputError(f"{path}: provenance: expected the network's definition, got none")
    with explained(f"{path}: provenance: expected options and widths of {name}, got"):
        model = build_model(name, **options)
        if "widths" in network.provenance:  # it lost channels
            give_widths(model, network.provenance["widths"])
    return restore_network(model, network), network


def require_its_data(network: PrunedNetwork, data: Dataset) -> None:
    """Raise :class:`InputError` unless ``data`` has the images and classes that ``network`` was pruned on."""
    expected = image_shape_of(network)
    # A linear layer of an older file sees a flattened image, or what became of one.
    unknown = "image_shape" not in network.provenance and network.layers[0].layer.kind == "linear"
    if not unknown and data.image_shape != expected:
        raise InputError(
            f"{data.name}: expected images of {shape_text(expected)}, as the network was pruned on,"
            f" got {shape_text(data.image_shape)}"
        )
    labels = network.provenance.get("run", {}).get("classes", [])
    for label, name in zip(labels, network.provenance.get("class_names", []), strict=False):
        got = data.class_names[label] if label < len(data.class_names) else None
        if got != name:
            raise InputError(
                f"{data.name}: expected {name!r} as class {label}, as the network was pruned for, got {got!r}"
            )


def image_shape_of(network: PrunedNetwork) -> tuple[int, int, int]:
    """Channels, height, width of a pruned network's images; an older file does not say: its first layer's."""
    first = network.layers[0].layer
    known = network.provenance.get("image_shape", (first.in_channels, first.in_h, first.in_w))
    channels, height, width = known
    return channels, height, width


def head_of(network: PrunedNetwork) -> tuple[int, ...] | None:
    """The labels that a pruned network's outputs stand for, as its file says; None: all of its data set."""
    run = network.provenance.get("run", {})
    return tuple(run.get("classes", ())) if run.get("head") == "classes" else None
