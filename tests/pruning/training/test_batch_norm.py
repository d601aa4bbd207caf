"""Batch norm measured anew, and the statistics that stay where nothing is measured."""

import pytest
import torch
from torch import nn

from pruning.training.batch_norm import reestimate_batch_norm
from workloads.inputs import InputError

IMAGES = torch.randn(12, 3, 4, 4, generator=torch.Generator().manual_seed(0)) + 2


class WithTrainingHead(nn.Module):
    """A second head that runs in training alone, and a norm that raises on demand behind the first."""

    def __init__(self) -> None:
        super().__init__()
        self.main, self.spare, self.last = (nn.BatchNorm2d(3) for _ in range(3))
        self.fails_from, self.runs = 99, 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.main(x)
        if self.training:
            x = self.spare(x)
        self.runs += 1
        if self.runs >= self.fails_from:
            raise RuntimeError("no more")
        return self.last(x)


def trained() -> WithTrainingHead:
    """Its norms have statistics of their own."""
    model = WithTrainingHead()
    for _ in range(3):
        model(3 * IMAGES + 5)
    model.runs = 0
    return model


def statistics(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in module.named_buffers()}


def is_as_before(module: nn.Module, before: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(value, before[name]) for name, value in module.named_buffers())


def test_a_norm_that_does_not_run_keeps_its_statistics() -> None:
    model = trained()
    before = statistics(model.spare)
    assert float(before["running_mean"][0]) != 0
    reestimate_batch_norm(model, IMAGES, batch_size=4)
    assert is_as_before(model.spare, before)
    assert int(model.main.num_batches_tracked) == 3
    torch.testing.assert_close(model.main.running_mean, IMAGES.mean((0, 2, 3)))


@pytest.mark.parametrize("fails_from", [1, 2])
def test_all_keep_theirs_where_the_network_raises(fails_from: int) -> None:
    model = trained()
    model.fails_from, before = fails_from, statistics(model)
    with pytest.raises(RuntimeError, match="no more"):
        reestimate_batch_norm(model, IMAGES, batch_size=4)
    assert is_as_before(model, before)
    assert model.main.momentum == 0.1
    assert model.training


@pytest.mark.parametrize(
    ("count", "batch_size", "message"),
    [
        (0, 64, "images: expected at least one to measure batch norm on, got none"),
        (4, 0, "batch_size: expected a whole number of at least 1, got 0"),
        (4, -1, "batch_size: expected a whole number of at least 1, got -1"),
    ],
)
def test_nothing_to_measure_on(count: int, batch_size: int, message: str) -> None:
    model = trained()
    before = statistics(model)
    with pytest.raises(InputError, match=message):
        reestimate_batch_norm(model, IMAGES[:count], batch_size)
    assert is_as_before(model, before)
