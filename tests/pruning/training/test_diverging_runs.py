"""Runs whose numbers leave float32: one line, and nothing that looks like a result."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pruning_stops import QUICK, after_one_stage, stop
from torch import nn

from pruning.data import Dataset
from pruning.run.prune import prune_to_file
from pruning.training.config import TrainConfig
from pruning.training.finetune import DivergedError, train_steps
from pruning.training.train import train_network

SMALL = replace(QUICK, pattern="unstructured", sparsity=0.5, samples=2)


@pytest.mark.parametrize("changes", [{"learning_rate": 1e39}, {"weight_decay": 1e39}, {"sr_ste_decay": 1e39}])
def test_a_factor_beyond_float32(
    changes: dict[str, float], tiny_checkpoint: Path, data: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(DivergedError, match="training: expected numbers that float32 holds, got an overflow"):
        prune_to_file(replace(SMALL, **changes), tiny_checkpoint, data, tmp_path / "p.safetensors")
    assert not list(tmp_path.iterdir())


def test_weights_are_looked_at_after_the_last_step(
    tiny_checkpoint: Path, data: Dataset, tmp_path: Path
) -> None:
    """The loss of a single step is that of the weights before it."""
    config = replace(SMALL, stages=1, steps=0, last_steps=1, learning_rate=3e38, weight_decay=10)
    with pytest.raises(DivergedError, match=r"training: expected finite weights, got .* after step 1;"):
        prune_to_file(config, tiny_checkpoint, data, tmp_path / "p.safetensors")
    assert not list(tmp_path.iterdir())


def test_the_state_of_a_run_that_diverges_later_is_gone(
    tiny_checkpoint: Path, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "p.safetensors"
    stop(SMALL, tiny_checkpoint, data, output, after_one_stage())
    monkeypatch.setattr(torch.optim.SGD, "step", lambda self: _spoil(self))
    with pytest.raises(DivergedError, match="training: expected"):
        prune_to_file(SMALL, tiny_checkpoint, data, output)
    assert not list(tmp_path.iterdir())


def test_the_step_is_counted_over_the_whole_run(
    tiny_checkpoint: Path, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights are spoiled by the step before: the loss is no longer finite in the third of stage two."""
    config, done = replace(SMALL, stages=2, steps=4, last_steps=2), 0
    real = torch.optim.SGD.step

    def step(self: torch.optim.SGD) -> None:
        nonlocal done
        done += 1
        real(self)
        if done == 4 + 2:
            _spoil(self)

    monkeypatch.setattr(torch.optim.SGD, "step", step)
    with pytest.raises(DivergedError, match=r"training: expected a finite loss, got .* in step 7; lower"):
        prune_to_file(config, tiny_checkpoint, data, tmp_path / "p.safetensors")


def test_the_step_of_training_is_counted_over_its_epochs(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = len(data.train_labels) // 40  # of an epoch
    config, done = TrainConfig(options={"width": 4}, epochs=3, batch_size=40), 0
    real = torch.optim.SGD.step

    def step(self: torch.optim.SGD) -> None:
        nonlocal done
        done += 1
        real(self)
        if done == steps + 1:
            _spoil(self)

    monkeypatch.setattr(torch.optim.SGD, "step", step)
    message = rf"training: expected a finite loss, got .* in step {steps + 2}; lower"
    with pytest.raises(DivergedError, match=message):
        train_network(config, data, tmp_path / "dense.safetensors")
    assert not list(tmp_path.iterdir())


def _spoil(optimizer: torch.optim.Optimizer) -> None:
    with torch.no_grad():
        for parameter in optimizer.param_groups[0]["params"]:
            parameter.mul_(float("inf"))


def test_other_errors_of_a_step_are_not_taken_for_it(data: Dataset) -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    scheduler = torch.optim.lr_scheduler.ConstantLR(optimizer)
    model[1].weight.register_hook(_complain)
    with pytest.raises(RuntimeError, match="out of memory"):
        train_steps(model, data, optimizer, scheduler, 1, generator=torch.Generator())


def _complain(_: torch.Tensor) -> None:
    raise RuntimeError("out of memory")


def test_weights_that_are_huge_are_a_result(data: Dataset) -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    optimizer = torch.optim.SGD(model.parameters(), 1e30)
    scheduler = torch.optim.lr_scheduler.ConstantLR(optimizer)
    train_steps(model, data, optimizer, scheduler, 1, generator=torch.Generator().manual_seed(0))
    assert float(model[1].weight.detach().abs().max()) > 1e20
