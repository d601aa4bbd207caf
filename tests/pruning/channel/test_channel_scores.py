"""Scores of channels: the published sums, over all the places where a unit of channels lies."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from channel_masks import prune_and_compare, small, with_random_norms
from torch import Tensor, nn
from torch.nn import functional

from pruning import class_saliency
from pruning.channel import prune_channels
from pruning.channel.graph.trace import trace_graph
from pruning.channel.rank import unit_scores
from pruning.channel.scores import score_names
from pruning.channel.sets import find_sets
from pruning.saliencies import Samples
from workloads.inputs import InputError

IMAGES, LABELS = torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(0)), torch.arange(6) % 3
SAMPLES, SAMPLES_64 = Samples(IMAGES, LABELS), Samples(IMAGES.double(), LABELS)


class Residual(nn.Module):
    """The four channels of ``a`` and ``b`` are added: four units of two filters each; then five of ``c``."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.a, self.norm = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.b, self.c = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 5, 1)
        self.last = nn.Linear(5, 3)
        with_random_norms(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.a(x)).relu()
        return self.last(self.c(x + self.b(x)).relu().mean((2, 3)))


def scores_of(model: nn.Module, score: Any, normalise: str = "none", samples: Any = SAMPLES) -> Tensor:
    sets = find_sets(trace_graph(model, IMAGES[:1].to(next(model.parameters()).dtype)))
    return torch.from_numpy(unit_scores(model, sets, score, samples, normalise))


def test_l1_is_the_sum_over_the_filters_of_a_unit() -> None:
    model = Residual()
    filters = {name: getattr(model, name).weight.detach().abs().double().sum((1, 2, 3)) for name in "abc"}
    expected = torch.cat([filters["a"] + filters["b"], filters["c"]])
    torch.testing.assert_close(scores_of(model, "l1"), expected)
    means = expected / torch.tensor([4 * 9 + 3 * 9] * 4 + [4] * 5)
    torch.testing.assert_close(scores_of(model, "l1", "parameter"), means)
    relative = torch.cat([part / part.mean() for part in expected.split([4, 5])])
    torch.testing.assert_close(scores_of(model, "l1", "set"), relative)


def test_taylor_is_the_mean_over_samples_of_the_sum_of_weight_times_gradient() -> None:
    model = Residual().eval()
    expected = torch.zeros(9, dtype=torch.float64)
    for image, label in zip(IMAGES, LABELS, strict=True):
        model.zero_grad()
        functional.cross_entropy(model(image[None]), label[None]).backward()
        sums = {n: (getattr(model, n).weight * getattr(model, n).weight.grad).sum((1, 2, 3)) for n in "abc"}
        expected += torch.cat([sums["a"] + sums["b"], sums["c"]]).detach().double().abs() / len(IMAGES)
    model.zero_grad()
    model.train()
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    torch.testing.assert_close(scores_of(model, "taylor"), expected, rtol=1e-5, atol=1e-8)
    assert model.training
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(state[name], tensor) for name, tensor in model.state_dict().items())


def test_taylor_tells_how_the_loss_follows_the_filters_of_a_channel() -> None:
    """To first order, weights a millionth smaller change it by a millionth of the score."""
    model, image, label = Residual().eval().double(), IMAGES[:1].double(), LABELS[:1]
    scores = scores_of(model, "taylor", samples=Samples(image, label))[4:]
    with torch.no_grad():
        loss = functional.cross_entropy(model(image), label)
        for channel, score in enumerate(scores):
            before = model.c.weight[channel].clone()
            model.c.weight[channel] *= 1 - 1e-6
            change = (functional.cross_entropy(model(image), label) - loss).abs() / 1e-6
            model.c.weight[channel] = before
            assert change.item() == pytest.approx(score.item(), rel=1e-3, abs=1e-8)


def test_bn_scale_is_the_scale_and_units_without_a_norm_stay() -> None:
    model = Residual()
    scores = scores_of(model, "bn_scale")
    torch.testing.assert_close(scores[:4], model.norm.weight.detach().abs().double())
    assert scores[4:].isnan().all()
    report = prune_channels(model, IMAGES[:1], density=0.6, score="bn_scale")
    assert len(report.kept["c"].outputs) == 5
    kept = report.kept["a"].outputs
    assert set(kept) == set(scores[:4].argsort(descending=True)[: len(kept)].tolist())


def test_a_saliency_of_weights_is_summed_over_units() -> None:
    model = Residual()
    saliency = class_saliency(model, IMAGES, LABELS)
    sums = {name: saliency[name].double().sum(1) for name in "abc"}
    torch.testing.assert_close(scores_of(model, saliency), torch.cat([sums["a"] + sums["b"], sums["c"]]))
    del saliency["c"]
    assert scores_of(model, saliency)[4:].isnan().all()


@pytest.mark.parametrize("normalise", ["none", "set", "parameter"])
@pytest.mark.parametrize("score", score_names())
def test_every_score_removes_the_lowest_of_each_set(score: str, normalise: str) -> None:
    model = Residual()
    scores = scores_of(model, score, normalise)
    report = prune_and_compare(
        model, IMAGES[:1], density=0.7, score=score, normalise=normalise, samples=SAMPLES_64
    )
    for name, own in (("a", scores[:4]), ("c", scores[4:])):
        kept = list(report.kept[name].outputs)
        gone = [channel for channel in range(len(own)) if channel not in kept]
        assert not gone or own[gone].max() <= own[kept].min()


def test_taylor_prunes_a_network_with_depthwise_layers_for_some_classes() -> None:
    model, images = small("mobilenet_v2"), torch.randn(3, 3, 16, 16)
    samples = Samples(images, torch.tensor([1, 3, 3]), [1, 3])
    report = prune_channels(model, images[:1], 0.5, score="taylor", samples=samples)
    assert report.parameters <= 0.5 * report.parameters_before


def frozen() -> nn.Module:
    model = Residual()
    model.b.weight.requires_grad_(False)
    return model


def infinite() -> nn.Module:
    model = Residual()
    model.b.weight.data[0, 0, 0, 0] = float("inf")
    return model


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (Residual(), {"score": "taylor"}, "score: expected samples for taylor, got none"),
        (Residual(), {"score": "l2"}, r"score: expected a known name, got 'l2'; did you mean 'l1'"),
        (Residual(), {"score": "l2", "density": 1}, "score: expected a known name, got 'l2'"),
        (Residual(), {"score": "l1(2:4)"}, "score: expected a known argument in"),
        (
            Residual(),
            {"normalise": "sets"},
            "normalise: expected a known name, got 'sets'; did you mean 'set'",
        ),
        (Residual(), {"score": {}}, "score: expected one that judges a channel of the network, got none"),
        (
            nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 3, 3)),
            {"score": "bn_scale"},
            "score: expected one that judges a channel of the network, got none",
        ),
        (
            Residual(),
            {"score": {"a": torch.zeros(4, 9)}},
            r"a: saliency: expected shape \(4, 27\), got \(4, 9\)",
        ),
        (
            frozen(),
            {"score": "taylor", "samples": SAMPLES},
            "b: score: expected a weight that requires a grad",
        ),
        (infinite(), {}, "b: score: expected finite numbers, got NaN or infinity"),
        (
            Residual(),
            {"score": "taylor", "samples": Samples(IMAGES[:0], LABELS[:0])},
            "saliency: expected at least one sample of the user's classes, got none",
        ),
    ],
)
def test_scores_that_make_no_sense(model: nn.Module, options: dict[str, Any], message: str) -> None:
    shapes = [parameter.shape for parameter in model.parameters()]
    with pytest.raises(InputError, match=message):
        prune_channels(model, IMAGES[:1], **options)
    assert shapes == [parameter.shape for parameter in model.parameters()]
