"""Channel pruning as a whole run: what the file says, that it loads, and what a kill costs."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pruning_stops import after_one_stage, stop, with_dropout
from torch import Tensor, nn

from accel_sim import load_machine, simulate
from pruning.channel import save_exported
from pruning.data import Dataset
from pruning.files.checkpoint import CheckpointInfo, save_checkpoint
from pruning.files.pruned import load_pruned
from pruning.models import allow_factory
from pruning.run.config import RunConfig
from pruning.run.prune import prune_to_file, run_pruning, state_beside
from pruning.training.accuracy import class_accuracy
from workloads import load_workload
from workloads.artifact import read_artifact
from workloads.inputs import InputError

QUICK = RunConfig(
    (2, 4, 6),
    "channel(multiple=2)",
    sparsity=0.7,
    steps=2,
    last_steps=2,
    batch_size=16,
    samples=9,
    calibration=32,
)


@pytest.mark.parametrize(
    "pattern", ["channel", "channel(score=l1, scope=uniform)", "channel(score=taylor, multiple=2)"]
)
def test_the_file_holds_a_smaller_network_that_loads_and_is_cheaper(
    pattern: str, tiny_checkpoint: Path, data: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "narrow.safetensors"
    result = prune_to_file(replace(QUICK, pattern=pattern), tiny_checkpoint, data, path)
    assert result.sparsity == pytest.approx(0.7, abs=0.04)
    model, network = load_pruned(path)
    assert class_accuracy(model, data, (2, 4, 6)) == result.accuracy == network.provenance["accuracy"]
    assert all(masked.mask.density == 1 for masked in network.layers)
    assert "channels" in network.layers[1].note
    dense = prune_to_file(replace(QUICK, pattern="dense"), tiny_checkpoint, data, tmp_path / "d.safetensors")
    weights = [sum(masked.layer.weights for masked in made.layers) for made in (network, dense.network)]
    assert 1 - weights[0] / weights[1] == pytest.approx(result.sparsity)
    machine = load_machine("edge_systolic")
    narrow, whole = (load_workload(tmp_path / f"{name}.safetensors") for name in ("narrow", "d"))
    assert simulate(narrow, machine).cycles < simulate(whole, machine).cycles
    save_exported(tmp_path / "narrow.pt2", model, data.image_shape)
    again = torch.export.load(tmp_path / "narrow.pt2").module()
    torch.testing.assert_close(again(data.test_images[:3]), model(data.test_images[:3]))


def test_a_killed_run_goes_on_at_its_last_stage(tiny_checkpoint: Path, data: Dataset, tmp_path: Path) -> None:
    config, whole, halved = (
        replace(QUICK, stages=3),
        tmp_path / "whole.safetensors",
        tmp_path / "h.safetensors",
    )
    prune_to_file(config, tiny_checkpoint, data, whole)
    assert stop(config, tiny_checkpoint, data, halved, after_one_stage()) is None
    assert state_beside(halved).is_file()
    prune_to_file(config, tiny_checkpoint, data, halved)
    assert halved.read_bytes() == whole.read_bytes()
    assert not state_beside(halved).exists()


def test_each_stage_is_narrower_and_said_to_be(tiny_checkpoint: Path, data: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "n.safetensors"
    prune_to_file(replace(QUICK, stages=3, schedule="cubic"), tiny_checkpoint, data, path)
    for rows in read_artifact(path).provenance["stages"].values():
        densities = [row["density"] for row in rows]
        assert densities == sorted(densities, reverse=True)
        assert len(densities) == 3


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("channel(score=l3)", "score: expected a known name, got 'l3'"),
        ("channel(scope=local)", "scope: expected a known name, got 'local'"),
        ("channel(multiple=0)", "multiple: expected a whole number of at least 1, got 0"),
        ("channel(width=8)", "expected a known argument in .*, got 'width'"),
    ],
)
def test_what_a_pattern_may_not_say(pattern: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(QUICK, pattern=pattern)


class WithSpare(nn.Module):
    """A network with a linear layer of more weights than all else that never runs."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = with_dropout(10)
        self.spare = nn.Linear(100, 200)

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images)


@pytest.mark.parametrize("pattern", ["channel", "channel(score=l1)", "unstructured"])
def test_a_layer_that_never_runs_is_left_alone_and_does_not_count(
    pattern: str, data: Dataset, tmp_path: Path
) -> None:
    name, dense = f"{__name__}:WithSpare", tmp_path / "dense.safetensors"
    allow_factory(name)
    torch.manual_seed(0)
    model = WithSpare()
    save_checkpoint(dense, model, CheckpointInfo(name, {}, data.name, data.class_names, 0.1))
    config = replace(QUICK, pattern=pattern, sparsity=0.5, stages=2)
    made = prune_to_file(config, dense, data, tmp_path / "p.safetensors")
    assert made.sparsity == pytest.approx(0.5, abs=0.05)
    loaded, network = load_pruned(tmp_path / "p.safetensors")
    assert len(network.layers) == 4
    torch.testing.assert_close(loaded.spare.weight, model.spare.weight, rtol=1e-2, atol=1e-2)
    assert class_accuracy(loaded, data, (2, 4, 6)) == made.accuracy


def test_a_sparsity_out_of_reach(tiny_checkpoint: Path, data: Dataset) -> None:
    with pytest.raises(InputError, match="density: expected at least"):
        run_pruning(replace(QUICK, stages=1, sparsity=0.9999), tiny_checkpoint, data)
