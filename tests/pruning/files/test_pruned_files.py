"""Pruned networks read back: the images that they take, and files that say what makes no sense."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from pruning_stops import QUICK
from refusals import refusal_of_file
from torch import nn
from torch.nn import functional

from pruning.commands.export import export
from pruning.data import Dataset
from pruning.files.checkpoint import CheckpointInfo, save_checkpoint
from pruning.files.pruned import image_shape_of, load_pruned, read_pruned, require_its_data
from pruning.models import allow_factory, build_model
from pruning.run.prune import prune_to_file
from pruning.training.accuracy import class_accuracy
from workloads.artifact import PrunedNetwork, read_artifact, write_artifact
from workloads.inputs import InputError


def perceptron() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 10))


def pools_first() -> nn.Module:
    layers = nn.AvgPool2d(2), nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.AdaptiveAvgPool2d(1)
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(8, 10))


def pruned(name: str, data: Dataset, folder: Path, **options: Any) -> Path:
    """A network of that name pruned for a moment."""
    torch.manual_seed(0)
    info = CheckpointInfo(name, options, data.name, data.class_names, 0.1)
    save_checkpoint(folder / "dense.safetensors", build_model(name, **options), info)
    config = replace(QUICK, pattern="unstructured", exempt="none", stages=1, steps=1, last_steps=0)
    prune_to_file(config, folder / "dense.safetensors", data, folder / "p.safetensors")
    return folder / "p.safetensors"


def own(factory: str, data: Dataset, folder: Path) -> Path:
    name = f"{__name__}:{factory}"
    allow_factory(name)
    return pruned(name, data, folder)


def older(path: Path) -> PrunedNetwork:
    """The network as a file without ``image_shape`` has it."""
    network = read_artifact(path)
    provenance = {key: value for key, value in network.provenance.items() if key != "image_shape"}
    return replace(network, provenance=provenance)


@pytest.fixture(scope="module")
def flat(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own("perceptron", data, tmp_path_factory.mktemp("flat"))


def assert_evaluated(path: Path, data: Dataset) -> None:
    model, network = load_pruned(path)
    require_its_data(network, data)
    assert class_accuracy(model, data, (2, 4, 6)) == network.provenance["accuracy"]
    assert image_shape_of(network) == data.image_shape
    first = network.layers[0].layer
    assert (first.in_channels, first.in_h, first.in_w) != data.image_shape


@pytest.mark.parametrize("factory", ["perceptron", "pools_first"])
def test_images_that_the_first_layer_does_not_see_as_they_are(
    factory: str, data: Dataset, tmp_path: Path
) -> None:
    assert_evaluated(own(factory, data, tmp_path), data)


def test_a_network_of_the_package_that_pads_its_images(data: Dataset, tmp_path: Path) -> None:
    train, test = (functional.pad(images, (2, 2, 2, 2)) for images in (data.train_images, data.test_images))
    larger = replace(data, train_images=train, test_images=test)
    assert_evaluated(pruned("efficientnet_lite0", larger, tmp_path, in_channels=1, tensorflow=1), larger)


def test_older_files_say_what_their_first_layer_sees(
    tiny_checkpoint: Path, data: Dataset, flat: Path
) -> None:
    config = replace(QUICK, pattern="dense", stages=1, steps=0, last_steps=0)
    path = flat.with_name("conv.safetensors")
    prune_to_file(config, tiny_checkpoint, data, path)
    assert image_shape_of(older(path)) == (1, 28, 28)
    require_its_data(older(path), data)
    small = replace(data, train_images=data.train_images[..., :20], test_images=data.test_images[..., :20])
    with pytest.raises(InputError, match="expected images of 1 x 28 x 28, as the network was pruned on"):
        require_its_data(older(path), small)
    require_its_data(older(flat), small)  # it cannot know


def test_images_of_another_size_are_one_line(data: Dataset, flat: Path) -> None:
    small = replace(data, train_images=data.train_images[..., :20], test_images=data.test_images[..., :20])
    model, network = load_pruned(flat)
    with pytest.raises(InputError, match="expected images of 1 x 28 x 28, as the network"):
        require_its_data(network, small)
    with pytest.raises(InputError, match="expected images that the network takes, got 1 x 28 x 20"):
        class_accuracy(model, small, (2, 4))


def test_a_class_that_the_network_has_no_output_for(data: Dataset, flat: Path) -> None:
    """A data set may have grown a class at its end since the network was made."""
    model, network = load_pruned(flat)
    test_labels = data.test_labels.clone()
    train_labels = data.train_labels.clone()
    test_labels[0] = train_labels[0] = 10
    grown = replace(
        data, class_names=(*data.class_names, "Glove"), test_labels=test_labels, train_labels=train_labels
    )
    require_its_data(network, grown)
    with pytest.raises(InputError, match="classes: expected labels from 0 to 9, the outputs of"):
        class_accuracy(model, grown, (2, 10))
    with pytest.raises(InputError, match="classes: expected labels from 0 to 9, the outputs of"):
        class_accuracy(model, grown, tuple(range(11)), head=tuple(range(11)))


def test_export_takes_the_images_that_the_network_does(
    flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, ...]] = []
    monkeypatch.setattr("pruning.files.onnx.export_onnx", lambda *args: seen.append(args[2]))
    export(flat, tmp_path / "p.onnx")
    assert seen == [(1, 28, 28)]


def changed(path: Path, change: dict[str, Any], folder: Path) -> Path:
    network = read_artifact(path)
    told = {**network.provenance, **change}
    write_artifact(folder / "changed.safetensors", replace(network, provenance=told))
    return folder / "changed.safetensors"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"run": 5}, "provenance.run: expected keys and values, got 5"),
        ({"run": {"classes": 5}}, "provenance.run.classes: expected a list, got 5"),
        (
            {"run": {"classes": ["2", "4"]}},
            "provenance.run.classes.0: expected a whole number, got '2'",
        ),
        ({"run": {"classes": [-2, 4]}}, "provenance.run.classes.0: expected a number of at least 0, got -2"),
        ({"run": {"classes": [2], "head": 3}}, "provenance.run.head: expected text, got 3"),
        ({"sparsity": "abc"}, r"provenance.sparsity: expected a number, got 'abc' \(text\)"),
        ({"sparsity": float("nan")}, "provenance.sparsity: expected a number of at most 1, got nan"),
        ({"class_names": 5}, "provenance.class_names: expected a list, got 5"),
        ({"class_names": [5]}, "provenance.class_names.0: expected text, got 5"),
        ({"image_shape": [1, 28]}, "provenance.image_shape"),
        ({"image_shape": [1, 28, 0]}, "provenance.image_shape.2: expected a number of at least 1, got 0"),
        ({"data_source": 3}, "provenance.data_source: expected text, got 3"),
        ({"widths": 5}, "provenance.widths: expected keys and values, got 5"),
        ({"widths": {"1": 5}}, "provenance.widths.1: expected keys and values, got 5"),
        ({"widths": {"1": {"in_features": "x"}}}, "provenance.widths.1.in_features: expected a whole number"),
        ({"model": 5}, "provenance.model: expected text, got 5"),
        ({"options": [1]}, "provenance.options: expected keys and values, got a list of 1"),
    ],
)
def test_a_provenance_of_other_types_is_one_line(
    change: dict[str, Any], message: str, flat: Path, tmp_path: Path
) -> None:
    path = changed(flat, change, tmp_path)
    for read in (read_pruned, load_pruned):
        assert re.search(message, refusal_of_file(read, path))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_classes": -3}, "provenance: expected options and widths of resnet20, got: "),
        ({"num_classes": "three"}, "provenance: expected options and widths of resnet20, got: "),
        ({"width": 0}, "expected"),
        ({"colour": 3}, "provenance: expected options and widths of resnet20, got: .*'colour'"),
    ],
)
def test_options_that_make_no_network(
    options: dict[str, Any], message: str, flat: Path, tmp_path: Path
) -> None:
    path = changed(flat, {"model": "resnet20", "options": {"width": 4, **options}}, tmp_path)
    assert re.search(message, refusal_of_file(load_pruned, path))


def test_widths_that_no_memory_holds(flat: Path, tmp_path: Path) -> None:
    widths = {name: {"in_features": 10**15, "out_features": 10} for name in ("1", "3")}
    with pytest.raises(InputError, match="provenance: expected options and widths of test_pruned_files:perc"):
        load_pruned(changed(flat, {"widths": widths}, tmp_path))
