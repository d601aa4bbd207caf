"""What a run does with a network or data that it cannot prune, and whose classes it looks at."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pruning_stops import QUICK, save_with_dropout, with_dropout
from refusals import refusal
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from pruning.data import Dataset
from pruning.files.checkpoint import CheckpointInfo, load_checkpoint, save_checkpoint
from pruning.files.pruned import load_pruned
from pruning.models import allow_factory, build_model
from pruning.run.config import RunConfig
from pruning.run.prune import prune_to_file, run_pruning
from pruning.training.accuracy import class_accuracy
from workloads.inputs import InputError
from workloads.masks import KeepMask


@pytest.fixture(scope="module")
def checkpoint(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_with_dropout(tmp_path_factory.mktemp("dense") / "dropout.safetensors", data)


def frozen() -> nn.Module:
    return with_dropout(10).requires_grad_(False)


def frozen_but_for_the_head() -> nn.Module:
    model = frozen()
    model[-1].requires_grad_(True)
    return model


def two_layers() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 4), nn.Linear(4, 10))


def no_layer() -> nn.Module:
    return nn.Sequential(nn.AvgPool2d(28, (28, 3)), nn.BatchNorm2d(1), nn.Flatten())


def fixed_classes() -> nn.Module:
    return with_dropout(10)


class Buffers(nn.Module):
    """What a network may hold beside its weights; one of a ``kind`` that it may not."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.register_buffer("flag", torch.tensor([True]))
        self.register_buffer("count", torch.tensor([3], dtype=torch.int32))
        self.register_buffer("levels", torch.arange(4, dtype=torch.uint8))
        self.register_buffer("bounds", torch.zeros(2))
        self.register_buffer("wrong", torch.zeros(2, dtype=getattr(torch, kind)))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images


def with_buffers(kind: str) -> nn.Module:
    return nn.Sequential(Buffers(kind), *with_dropout(10))


def own_checkpoint(factory: str, data: Dataset, path: Path, **options: str) -> Path:
    """An untrained network of a factory of this file, which the user has named."""
    name = f"{__name__}:{factory}"
    allow_factory(name)
    torch.manual_seed(0)
    info = CheckpointInfo(name, dict(options), data.name, data.class_names, 0.1)
    save_checkpoint(path, build_model(name, **options), info)
    return path


def assert_refused(config: RunConfig, checkpoint: Path, data: Dataset, output: Path, message: str) -> None:
    """One line that says ``message``, and nothing written."""
    before = sorted(output.parent.iterdir())
    assert re.search(message, refusal(prune_to_file, config, checkpoint, data, output))
    assert sorted(output.parent.iterdir()) == before


@pytest.mark.parametrize(
    ("factory", "saliency", "message"),
    [
        (
            "frozen",
            "class_gradient",
            "saliency: expected weights that require a gradient, got a loss without",
        ),
        ("frozen", "movement", "saliency: expected weights that require a gradient, got a loss without one"),
        ("frozen", "magnitude", "training: expected weights that require a gradient, got none that does"),
        ("frozen_but_for_the_head", "class_gradient", "^3: saliency: expected a weight that requires a grad"),
        ("no_layer", "magnitude", "model: expected at least one Conv2d or Linear, got none"),
    ],
)
def test_networks_that_cannot_be_pruned(
    factory: str, saliency: str, message: str, data: Dataset, tmp_path: Path
) -> None:
    dense = own_checkpoint(factory, data, tmp_path / "dense.safetensors")
    config = replace(QUICK, pattern="unstructured", saliency=saliency)
    assert_refused(config, dense, data, tmp_path / "p.safetensors", message)


def test_exempt_layers_alone(data: Dataset, tmp_path: Path) -> None:
    dense = own_checkpoint("two_layers", data, tmp_path / "dense.safetensors")
    config = replace(QUICK, pattern="unstructured", exempt="first,last")
    message = "model: expected at least one layer to prune, got exempt layers alone"
    assert_refused(config, dense, data, tmp_path / "p.safetensors", message)


@pytest.mark.parametrize(
    ("saliency", "message"),
    [
        ("class_gradient", "saliency: expected finite gradients, got NaN or infinity"),
        ("movement", "saliency: expected finite gradients, got NaN or infinity"),
        ("magnitude", "saliency: expected finite gradients, got NaN or infinity"),
        ("random", "training: expected a finite loss, got nan in step 1"),
    ],
)
def test_a_checkpoint_with_nan(
    saliency: str, message: str, checkpoint: Path, data: Dataset, tmp_path: Path
) -> None:
    weight = load_checkpoint(checkpoint)[0].state_dict()["3.weight"].half()
    weight[1, 2] = float("nan")
    (tmp_path / "nan.safetensors").write_bytes(checkpoint.read_bytes())
    dense = with_tensors(tmp_path / "nan.safetensors", {"3.weight": weight})
    config = replace(QUICK, pattern="unstructured", saliency=saliency)
    assert_refused(config, dense, data, tmp_path / "p.safetensors", message)


def with_tensors(path: Path, changes: dict[str, torch.Tensor]) -> Path:
    """The checkpoint with some tensors changed, as another program may have written it."""
    with safe_open(path, framework="pt") as file:
        state, metadata = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118
    save_file({**state, **changes}, path, metadata)
    return path


@pytest.mark.parametrize("pattern", ["unstructured", "channel(score=l1)"])
def test_buffers_of_many_types_come_back(pattern: str, data: Dataset, tmp_path: Path) -> None:
    dense = own_checkpoint("with_buffers", data, tmp_path / "dense.safetensors", kind="int16")
    with_tensors(dense, {"0.bounds": torch.tensor([-1.0, float("inf")], dtype=torch.float16)})
    config = replace(QUICK, pattern=pattern, sparsity=0.3, stages=1)
    made = prune_to_file(config, dense, data, tmp_path / "p.safetensors")
    model, _ = load_pruned(tmp_path / "p.safetensors")
    for name, value in load_checkpoint(dense)[0][0].state_dict().items():
        assert torch.equal(model[0].state_dict()[name], value)
        assert model[0].state_dict()[name].dtype == value.dtype
    assert class_accuracy(model, data, (2, 4, 6)) == made.accuracy


@pytest.mark.parametrize("pattern", ["unstructured", "channel(score=l1)"])
@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("complex64", {}, r"state\.0\.wrong: expected one of float16, .*, got complex64"),
        ("bfloat16", {}, r"state\.0\.wrong: expected one of float16, .*, got bfloat16"),
        (
            "float32",
            {"0.wrong": torch.full((2,), float("nan"))},
            r"state\.0\.wrong: expected numbers, got NaN",
        ),
    ],
)
def test_what_no_artifact_holds_is_refused_before_the_work(
    kind: str, changes: dict[str, torch.Tensor], message: str, pattern: str, data: Dataset, tmp_path: Path
) -> None:
    dense = own_checkpoint("with_buffers", data, tmp_path / "dense.safetensors", kind=kind)
    with_tensors(dense, changes)
    units: list[int] = []
    config = replace(QUICK, pattern=pattern, sparsity=0.3)
    with pytest.raises(InputError, match=message):
        run_pruning(config, dense, data, lambda done, *_: units.append(done))
    assert not units


def test_an_output_that_is_a_folder_is_refused_before_the_work(
    checkpoint: Path, data: Dataset, tmp_path: Path
) -> None:
    folder = tmp_path / "p.safetensors"
    folder.mkdir()
    units: list[int] = []
    with pytest.raises(InputError, match="expected a file to write, got a folder"):
        prune_to_file(QUICK, checkpoint, data, folder, lambda done, *_: units.append(done))
    assert not units


@pytest.mark.parametrize("steps", [9, 1])  # in the first stage, and after one was kept
def test_fine_tuning_that_diverges(steps: int, checkpoint: Path, data: Dataset, tmp_path: Path) -> None:
    work = {"steps": steps, "stages": 3, "batch_size": 48, "sparsity": 0.5}  # the whole of the data
    config = replace(QUICK, pattern="unstructured", saliency="random", learning_rate=1e30, **work)
    message = r"training: expected a finite loss, got (nan|inf) in step \d; lower the learning rate"
    assert_refused(config, checkpoint, data, tmp_path / "p.safetensors", message)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"classes": (2, 12), "head": "classes"}, "classes: expected labels from 0 to 9, got 12"),
        ({"classes": (2, -1), "head": "classes"}, "classes: expected labels from 0 to 9, got -1"),
        ({"head": "user"}, "head: expected one of full, classes, got 'user'"),
        ({"head": "clases"}, "did you mean 'classes'"),
        ({"saliency_classes": "everyone"}, "saliency_classes: expected one of user, all, got 'everyone'"),
        ({"head": "classes", "saliency_classes": "all"}, "saliency_classes: expected user where the head"),
        ({"distill": 1.5}, r"distill: expected a number from 0 to 1, got 1\.5"),
        ({"distill": -0.1}, r"distill: expected a number from 0 to 1, got -0\.1"),
        ({"distill": float("nan")}, "distill: expected a number from 0 to 1, got nan"),
        ({"weight_decay": -1.0}, "weight_decay: expected at least 0, got -1"),
        ({"seed": 2**63}, r"seed: expected a whole number of at least 0 and less than 2\^63, got"),
        ({"schedule": "sudden"}, "schedule: expected a known name, got 'sudden'"),
        ({"values": "int4"}, "values: expected one of int8, float32, got 'int4'"),
        (
            {"pattern": "channel", "exempt": "none"},
            "exempt: expected first,depthwise for channels, since rules of exemption are for masks",
        ),
        (
            {"pattern": "channel", "sr_ste_decay": 2e-4},
            r"sr_ste_decay: expected 0 for channels, which leave no masked weights, got 0\.0002",
        ),
        (
            {"pattern": "crisp(1:4, block=4)", "sparsity": 0.7},
            r"sparsity: expected at least 0\.7\d+, which N:M",
        ),
        (
            {"pattern": "crisp(2:4, block=8)", "sparsity": 0.99},
            r"sparsity: expected at most 0\.\d+, the highest",
        ),
        ({"pattern": "block(block=16)", "sparsity": 0.97}, r"sparsity: expected at most 0\.\d+, the highest"),
    ],
)
def test_what_makes_no_run(
    changes: dict[str, object], message: str, checkpoint: Path, data: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        prune_to_file(replace(QUICK, stages=1, **changes), checkpoint, data, tmp_path / "p.safetensors")
    assert not list(tmp_path.iterdir())


def test_the_highest_sparsity_named_is_within_reach(checkpoint: Path, data: Dataset) -> None:
    config = replace(QUICK, pattern="block(block=16)", stages=1, steps=0, last_steps=0)
    said = refusal(run_pruning, replace(config, sparsity=0.97), checkpoint, data)
    highest = float(said.split("at most ")[1].split(",")[0])
    assert run_pruning(replace(config, sparsity=highest), checkpoint, data).sparsity >= highest


def test_data_that_do_not_suit(checkpoint: Path, data: Dataset, tmp_path: Path) -> None:
    kept = data.train_labels != 4
    absent = replace(data, train_images=data.train_images[kept], train_labels=data.train_labels[kept])
    colour = replace(data, train_images=data.train_images.repeat(1, 3, 1, 1))
    tiny = replace(data, train_images=data.train_images[:, :, :6, :6])
    for head in ("full", "classes"):
        for wrong, message in (
            (absent, "classes: expected train images of class 4, got none in fashion_mnist"),
            (colour, r"expected a network for images \(3, 28, 28\), got the error: .*3 channels"),
            (tiny, r"expected a network for images \(1, 6, 6\), got the error: .*input size"),
        ):
            config = replace(QUICK, pattern="unstructured", head=head)
            assert_refused(config, checkpoint, wrong, tmp_path / "p.safetensors", message)


def test_a_head_of_the_classes_needs_an_option_to_build_it(data: Dataset, tmp_path: Path) -> None:
    dense = own_checkpoint("fixed_classes", data, tmp_path / "dense.safetensors")
    message = "head: expected a network with the option num_classes, got test_run_inputs:fixed_classes"
    assert_refused(replace(QUICK, head="classes"), dense, data, tmp_path / "p.safetensors", message)


def masks_of(config: RunConfig, checkpoint: Path, data: Dataset) -> list[KeepMask]:
    return [layer.mask for layer in run_pruning(config, checkpoint, data).network.layers]


@pytest.mark.parametrize(("looked_at", "blind"), [("all", True), ("user", False)])
def test_masks_by_all_classes_know_no_user(
    looked_at: str, blind: bool, tiny_checkpoint: Path, data: Dataset
) -> None:
    config = replace(QUICK, pattern="crisp(2:4, block=8)", sparsity=0.8, schedule="one_shot", stages=1)
    config = replace(config, steps=0, last_steps=0, saliency_classes=looked_at)
    one, other = (
        masks_of(replace(config, classes=classes), tiny_checkpoint, data) for classes in ((2, 4, 6), (0, 9))
    )
    same = [np.array_equal(a.words, b.words) for a, b in zip(one, other, strict=True)]
    assert all(same) == blind
