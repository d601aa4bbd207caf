"""What is handed to the API as another type than it takes: a TypeError in words, or taken as it is meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import pruning
from pruning.channel import prune_channels, save_exported
from pruning.data import Dataset, load_dataset
from pruning.experiment.plan import load_experiment
from pruning.files.artifact import export_network, restore_network
from pruning.files.checkpoint import load_checkpoint, save_checkpoint
from pruning.files.onnx import export_onnx
from pruning.masking.straight_through import StraightThroughMask
from pruning.network.trace import trace_layers
from pruning.run.config import RunConfig
from pruning.run.prune import is_finished, prune_to_file, state_beside
from pruning.training.config import TrainConfig
from pruning.training.train import train_network
from workloads import KeepMask

IMAGE, IMAGES, LABELS = (1, 4, 4), torch.rand(4, 1, 4, 4), torch.tensor([0, 1, 2, 3])
CONFIG = pruning.PruneConfig("nm(2:4)", IMAGE)
SALIENCY = {"2": torch.rand(4, 8), "1": torch.rand(8, 16)}


def network() -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.Linear(8, 4))


def exported(**changes: object) -> object:
    model = network()
    layers = trace_layers(model, IMAGE)
    masks = {layer.name: KeepMask.ones(layer.m_dim, layer.k_dim) for layer in layers}
    given = {"model": model, "layers": layers, "masks": masks, "images": IMAGES} | changes
    return export_network("n", **given)  # type: ignore[arg-type]


WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "a name for a model": (
        lambda: pruning.prepare("resnet20", CONFIG),
        "model: expected a Module, got 'resnet20'",
    ),
    "a pattern for a config": (
        lambda: pruning.prepare(network(), "nm(2:4)"),
        r"config: expected a PruneConfig, got 'nm\(2:4\)'",
    ),
    "no pattern": (lambda: pruning.PruneConfig(None, IMAGE), "pattern: expected text, got None"),
    "one name to leave": (
        lambda: pruning.PruneConfig("dense", IMAGE, leave="fc"),
        r"leave: expected names, got 'fc'; write \('fc',\)",
    ),
    "classes as text": (lambda: RunConfig("0,1"), "classes: expected whole numbers, got '0,1'"),
    "classes by name": (lambda: RunConfig(("Coat", "Shirt")), "classes: expected a whole number, got 'Coat'"),
    "sparsity as text": (lambda: RunConfig((0, 1), sparsity="0.9"), "sparsity: expected a number, got '0.9'"),
    "a seed that is no whole number": (
        lambda: RunConfig((0, 1), seed=0.5),
        "seed: expected a whole number, got 0.5",
    ),
    "true for a number": (
        lambda: RunConfig((0, 1), stages=True),
        "stages: expected a whole number, got True",
    ),
    "epochs as text": (lambda: TrainConfig(epochs="3"), "epochs: expected a whole number, got '3'"),
    "options as text": (
        lambda: TrainConfig(options="width=3"),
        "options: expected a mapping, a value for each name, got 'width=3'",
    ),
    "saliency as a tensor": (
        lambda: pruning.crisp_masks(SALIENCY["1"]),
        "saliency: expected a mapping, a tensor for each layer, got a Tensor",
    ),
    "sparsity of masks as text": (
        lambda: pruning.unstructured_masks(SALIENCY, "0.5"),
        "sparsity: expected a number, got '0.5'",
    ),
    "a step by a tensor": (
        lambda: pruning.prepare(network(), CONFIG).step(SALIENCY["1"], 0.5),
        "saliency: expected a mapping, a tensor for each layer, got a Tensor",
    ),
    "a step by arrays": (
        lambda: pruning.prepare(network(), CONFIG).step({"2": np.ones((4, 8))}, 0.5),
        "2: saliency: expected a Tensor, got an ndarray",
    ),
    "images as an array": (
        lambda: pruning.class_saliency(network(), IMAGES.numpy(), LABELS),
        "images: expected a Tensor, got an ndarray",
    ),
    "labels as a list": (
        lambda: pruning.class_saliency(network(), IMAGES, [0, 1, 2, 3]),
        r"labels: expected a Tensor, got \[0, 1, 2, 3\]",
    ),
    "one layer for several": (
        lambda: pruning.class_saliency(network(), IMAGES, LABELS, layers="1"),
        r"layers: expected names, got '1'; write \('1',\)",
    ),
    "batch norm of a list": (
        lambda: pruning.reestimate_batch_norm(network(), [1]),
        r"images: expected a Tensor, got \[1\]",
    ),
    "a pruned network by number": (lambda: pruning.load_pruned(3), "path: expected text or a path, got int"),
    "a run of a pattern": (
        lambda: pruning.run_pruning("nm(2:4)", "dense.safetensors", None),
        r"config: expected a RunConfig, got 'nm\(2:4\)'",
    ),
    "a run on a name": (
        lambda: pruning.run_pruning(RunConfig((0, 1)), "dense.safetensors", "fashion_mnist"),
        "data: expected a Dataset, got 'fashion_mnist'",
    ),
    "training on a name": (
        lambda: train_network(TrainConfig(), "fashion_mnist", "dense.safetensors"),
        "data: expected a Dataset, got 'fashion_mnist'",
    ),
    "a tensor for a mask": (
        lambda: exported(masks={"1": torch.ones(8, 16), "2": torch.ones(4, 8)}),
        "1: mask: expected a KeepMask, as KeepMask.from_dense makes of a tensor, got a Tensor",
    ),
    "a path for a pruned network": (
        lambda: restore_network(network(), "p.safetensors"),
        "network: expected a PrunedNetwork, as read_artifact gives it, got 'p.safetensors'",
    ),
    "channels of a shape": (
        lambda: prune_channels(network(), IMAGE),
        r"example: expected a Tensor, got \(1, 4, 4\)",
    ),
    "density as text": (
        lambda: prune_channels(network(), IMAGES, "0.5"),
        "density: expected a number, got '0.5'",
    ),
    "no data set": (lambda: load_dataset(None), "data: expected text, got None"),
    "a mask of floats with a gradient": (
        lambda: StraightThroughMask(torch.ones(2, 2, requires_grad=True)),
        r"keep: expected a tensor of bool, got one of float32",
    ),
    "a packed mask for a tensor": (
        lambda: StraightThroughMask(KeepMask.ones(2, 2)),
        "keep: expected a tensor of bool, got a KeepMask",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_another_type_is_said_in_words(what: str) -> None:
    wrong, message = WRONG[what]
    with pytest.raises(TypeError, match=f"^{message}$"):
        wrong()


def test_numbers_of_numpy_are_numbers() -> None:
    config = RunConfig(
        (np.int64(4), np.int32(2)), stages=np.int16(3), sparsity=np.float32(0.5), learning_rate=1
    )
    plain = RunConfig((4, 2), stages=3, sparsity=0.5, learning_rate=1.0)
    assert config == plain
    assert repr(config) == repr(plain)
    assert RunConfig(np.array([4, 2])).classes == (4, 2)


def test_scores_and_masks_may_have_a_gradient() -> None:
    learned = {name: score.clone().requires_grad_() for name, score in SALIENCY.items()}
    for choose in (pruning.crisp_masks, pruning.unstructured_masks):
        options = {"block": 4, "sparsity": 0.6} if choose is pruning.crisp_masks else {"sparsity": 0.6}
        masks, plain = choose(learned, **options), choose(SALIENCY, **options)
        assert all(torch.equal(masks[name], plain[name]) for name in SALIENCY)
        assert not any(mask.requires_grad for mask in masks.values())
    one, other = network(), network()
    other.load_state_dict(one.state_dict())
    reports = [
        prune_channels(model, IMAGES, 0.6, score=score)
        for model, score in ((one, learned), (other, SALIENCY))
    ]
    assert reports[0] == reports[1]
    pruner = pruning.prepare(network(), CONFIG)
    pruner.step(learned, 0)
    assert pruner.masks["2"].density == 0.5


def test_text_is_a_path_wherever_one_is_taken(
    tiny_checkpoint: Path, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model, info = load_checkpoint(str(tiny_checkpoint))
    save_checkpoint("dense.safetensors", model, info)
    assert load_checkpoint("dense.safetensors")[1] == info
    config = RunConfig(
        (2, 4, 6),
        "unstructured",
        stages=1,
        steps=0,
        last_steps=0,
        samples=3,
        calibration=8,
        saliency="magnitude",
    )
    prune_to_file(config, "dense.safetensors", data, "p.safetensors")
    assert is_finished("p.safetensors", config, "dense.safetensors", data)
    assert state_beside("p.safetensors") == Path("p.unfinished")
    pruned, _ = pruning.load_pruned("p.safetensors")
    save_exported("p.pt2", pruned, data.image_shape)
    train_network(TrainConfig(options={"width": 4}, epochs=1, batch_size=80), data, "new.safetensors")
    Path("grid.yaml").write_text(
        "data: fashion_mnist\nnetwork: {checkpoint: dense.safetensors}\nclasses: {a: '2,4'}\n"
        "grids: [{seed: 0}]\n"
    )
    assert len(load_experiment("grid.yaml", "embedded")[0].runs) == 1


def test_onnx_takes_text_too(tmp_path: Path) -> None:
    pytest.importorskip("onnxscript", reason="the extra onnx is not installed: pip install -e .[onnx]")
    (tmp_path / "folder.onnx").mkdir()
    with pytest.raises(ValueError, match="expected a file to write, got a folder"):
        export_onnx(str(tmp_path / "folder.onnx"), network(), IMAGE)
