"""Batch norm is measured before saliency is gathered, and again when a run is over."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from pruning.data import Dataset
from pruning.masking.pruner import PruneConfig, prepare
from pruning.methods.channel import Method as ChannelMethod
from pruning.network.layers import dense_weight
from pruning.network.layout import to_gemm
from pruning.run.by_channels import ChannelStages
from pruning.run.by_masks import MaskStages
from pruning.run.config import RunConfig
from pruning.run.stages import Shrinking, StageData, run_stages
from pruning.saliencies import Samples
from pruning.training.batch_norm import reestimate_batch_norm

IMAGES = torch.randn(8, 1, 6, 6, generator=torch.Generator().manual_seed(0)) * 3 + 5
LABELS = torch.arange(8) % 2
DATA = Dataset("noise", ("even", "odd"), IMAGES, LABELS, IMAGES, LABELS)
SHAPE = (1, 6, 6)


class Net(nn.Module):
    """Two convolutions with a batch norm between them."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.norm = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4)
        self.second, self.last = nn.Conv2d(4, 8, 3), nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.second(self.norm(self.first(x)).relu()).mean((2, 3)))

    def expected_mean(self, first: Tensor) -> Tensor:
        """Of what comes out of the first convolution with the weight ``first``, over all images."""
        return nn.functional.conv2d(IMAGES, first, self.first.bias).mean((0, 2, 3)).detach()


class Looking:
    """A saliency that notes what batch norm holds while it looks, and scores by magnitude."""

    def __init__(self) -> None:
        self.means: list[Tensor] = []
        self.expected: list[Tensor] = []

    def score(
        self, model: Any, _samples: Samples, layers: Iterable[str], _after: Callable[[], None]
    ) -> dict[str, Tensor]:
        self.means.append(model.norm.running_mean.clone())
        self.expected.append(model.expected_mean(dense_weight(model.first)))
        modules = {name: model.get_submodule(name) for name in layers}
        return {name: to_gemm(dense_weight(module).detach().abs()) for name, module in modules.items()}


def stages(pattern: str, monkeypatch: pytest.MonkeyPatch) -> tuple[RunConfig, Shrinking, Looking, Net]:
    config = RunConfig(
        (0, 1),
        pattern,
        sparsity=0.4,
        exempt="none" if pattern == "unstructured" else "first,depthwise",
        stages=2,
        steps=1,
        last_steps=2,
        batch_size=4,
        learning_rate=0.1,
        samples=8,
        calibration=8,
    )
    looking, model, samples = Looking(), Net(), Samples(IMAGES, LABELS)
    for module in ("by_masks", "by_channels"):
        monkeypatch.setattr(f"pruning.run.{module}.parse_saliency", lambda _: looking)
    if pattern == "channel":
        return config, ChannelStages(config, ChannelMethod(), model, SHAPE, samples, IMAGES), looking, model
    pruner = prepare(model, PruneConfig(pattern, SHAPE, exempt=config.exempt))
    return config, MaskStages(config, pruner, samples, IMAGES), looking, model


@pytest.mark.parametrize("pattern", ["unstructured", "channel"])
def test_statistics_are_those_of_the_weights_that_are_looked_at(
    pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every stage the running mean is the plain mean over the calibration images; masks are lifted."""
    config, work, looking, model = stages(pattern, monkeypatch)
    data = StageData(DATA, (0, 1), IMAGES, torch.Generator().manual_seed(0))
    run_stages(config, work, data, lambda *_: None, None)
    assert len(looking.means) == 2
    for found, expected in zip(looking.means, looking.expected, strict=True):
        torch.testing.assert_close(found, expected)
    assert looking.means[0].abs().max() > 0.1  # not what batch norm began with
    weight = model.first.weight  # as masked, and after the last step
    if pattern == "unstructured":
        assert 0 < int((weight == 0).sum()) < weight.numel()
    torch.testing.assert_close(model.norm.running_mean, model.expected_mean(weight))
    assert int(model.norm.num_batches_tracked) == 2  # 8 images in batches of 4


def test_the_pruned_weights_do_not_compute_what_saliency_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a stage the masks are back, though saliency saw the whole weights."""
    _, work, looking, model = stages("unstructured", monkeypatch)
    work.shrink(1, lambda: None)
    work.shrink(2, lambda: None)
    torch.testing.assert_close(looking.means[0], looking.means[1])  # nothing was trained between the two
    masked = model.expected_mean(model.first.weight)
    assert not torch.allclose(looking.means[1], masked, atol=1e-3)


@pytest.mark.parametrize(("count", "seen"), [(3, 3), (4, 4), (5, 4), (7, 4), (8, 8)])
def test_a_short_last_batch_counts_where_it_is_the_only_one(count: int, seen: int) -> None:
    norm = nn.BatchNorm2d(1)
    reestimate_batch_norm(norm, IMAGES[:count], batch_size=4)
    torch.testing.assert_close(norm.running_mean[0], IMAGES[:seen].mean())


def test_one_image_at_a_time() -> None:
    norm = nn.BatchNorm2d(1)
    reestimate_batch_norm(norm, IMAGES, batch_size=1)
    torch.testing.assert_close(norm.running_mean[0], IMAGES.mean())
    assert int(norm.num_batches_tracked) == len(IMAGES)
