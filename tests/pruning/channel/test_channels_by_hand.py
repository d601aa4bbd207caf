"""Which channels go, on networks small enough to say it beforehand."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from pruning.channel import prune_channels
from pruning.channel.choose import choose_units
from pruning.channel.graph.trace import trace_graph
from pruning.channel.rank import unit_scores
from pruning.channel.sets import Sets, find_sets
from workloads.inputs import InputError

PIXEL = torch.zeros(1, 1, 1, 1)


def sets_of(*sizes: int, channels: tuple[tuple[int, ...], ...] | None = None) -> Sets:
    """Sets of units without a network."""
    total = sum(sizes)
    set_of = np.repeat(np.arange(len(sizes)), sizes)
    return Sets((), np.arange(1, total + 1), set_of, np.array(sizes), channels or ((1,),) * len(sizes))


def chosen(
    sets: Sets, scores: list[float], density: float, scope: str = "global", multiple: int = 1
) -> list[int]:
    """The places of the units that stay, where each costs 1."""
    stays = choose_units(sets, np.array(scores), scope, multiple, lambda kept: int(kept.sum()), density)
    return np.flatnonzero(stays).tolist()


def test_the_lowest_go_until_the_cost_is_met() -> None:
    sets = sets_of(3, 3)
    scores = [5.0, 1, 3, 2, 6, 4]
    assert chosen(sets, scores, 5 / 6) == [0, 2, 3, 4, 5]
    assert chosen(sets, scores, 4 / 6) == [0, 2, 4, 5]
    assert chosen(sets, scores, 0.5) == [0, 4, 5]
    assert chosen(sets, scores, 0.49) == [0, 4]
    with pytest.raises(InputError, match=r"density: expected at least 0\.3334, .* multiples of 1, got 0\.3"):
        chosen(sets, scores, 0.3)


def test_a_density_that_was_measured_is_met_exactly() -> None:
    """k / n x n may be a hair less than k: k units are still allowed."""
    for count in (49, 93, 98, 103):
        sets = sets_of(count)
        for kept in range(1, count):
            assert len(chosen(sets, list(range(count)), kept / count)) == kept


def test_of_equal_units_the_first_stay_and_the_first_set_gives_first() -> None:
    assert chosen(sets_of(4), [1.0] * 4, 0.5) == [0, 1]
    assert chosen(sets_of(3, 3), [1.0] * 6, 4 / 6) == [0, 3, 4, 5]
    assert chosen(sets_of(3, 3), [2.0, 1, 2, 1, 2, 2], 5 / 6) == [0, 2, 3, 4, 5]
    assert chosen(sets_of(4), [1.0, 2, 1, 2], 0.75) == [0, 1, 3]


def test_uniform_takes_the_same_share_of_each_set() -> None:
    scores = [1.0, 2, 3, 4, 10, 20, 30, 40, 50, 60, 70, 80]
    assert chosen(sets_of(4, 8), scores, 0.5, "uniform") == [2, 3, 8, 9, 10, 11]
    assert chosen(sets_of(4, 8), scores, 0.26, "uniform") == [3, 10, 11]
    for kept in (99, 98, 51, 2):
        assert len(chosen(sets_of(100), list(range(100)), kept / 100, "uniform")) == kept


def test_sets_without_scores_stay_whole() -> None:
    nan = float("nan")
    for scope in ("global", "uniform"):
        assert chosen(sets_of(2, 3), [nan, nan, 1.0, 3, 2], 4 / 5, scope) == [0, 1, 3, 4]
        assert chosen(sets_of(2, 3), [1.0, nan, 1, 3, 2], 3 / 5, scope) == [0, 1, 3]


@pytest.mark.parametrize(
    ("channels", "multiple", "expected"),
    [
        (((1,), (2,), (3,), (6,)), 6, [6, 3, 2, 1]),  # so that 6 | units x channels
        (((2, 3),), 6, [6]),  # 3 for the one, 2 for the other
        (((4, 6),), 8, [4]),  # 2 and 4
        (((2, 3, 4),), 4, [4]),
        (((1,), (5,)), 4, [4, 4]),
        (((1, 8),), 1, [1]),
        (((9, 4),), 12, [12]),  # 4 and 3
    ],
)
def test_of_what_widths_are_multiples(
    channels: tuple[tuple[int, ...], ...], multiple: int, expected: list[int]
) -> None:
    found = sets_of(*[12] * len(channels), channels=channels).steps(multiple).tolist()
    assert found == expected
    for step, each in zip(found, channels, strict=True):
        assert all(step * count % multiple == 0 for count in each)
        assert not any(all(less * count % multiple == 0 for count in each) for less in range(1, step))


def test_widths_are_rounded_down_to_multiples_and_small_ones_stay() -> None:
    scores = [float(i) for i in range(12)]
    assert chosen(sets_of(12), scores, 0.9, multiple=4) == list(range(4, 12))
    assert chosen(sets_of(12), scores, 0.5, multiple=4) == list(range(8, 12))
    assert chosen(sets_of(9, 3), scores, 11 / 12, multiple=4) == [*range(1, 9), 9, 10, 11]
    assert chosen(sets_of(9, 3), scores, 7 / 12, multiple=4) == [*range(5, 9), 9, 10, 11]
    with pytest.raises(InputError, match=r"with widths in multiples of 4, got 0\.5"):
        chosen(sets_of(9, 3), scores, 0.5, multiple=4)


class Chain(nn.Module):
    """Convolutions of one pixel one behind the other, without biases."""

    def __init__(self, *widths: int, norm: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.ModuleList(
            nn.Conv2d(before, after, 1, bias=False) for before, after in pairwise(widths)
        )
        self.norm = nn.BatchNorm2d(widths[1]) if norm else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        first, *others = self.layers
        x = self.norm(first(x))
        for layer in others:
            x = layer(x)
        return x


def test_scores_of_a_set_may_lie_below_zero() -> None:
    """Sums -6, 2 and 4 have the mean magnitude 4; sums -1, 1 the mean magnitude 1: -1.5, 0.5, 1, -1, 1."""
    model = Chain(1, 3, 2, 1)
    saliency = {
        "layers.0": torch.tensor([[-6.0], [2], [4]]),
        "layers.1": torch.tensor([[-2.0, 0, 1], [3, -1, -1]]),
    }
    sets = find_sets(trace_graph(model, PIXEL))
    assert unit_scores(model, sets, saliency, None, "set").tolist() == [-1.5, 0.5, 1, -1, 1]
    eighth = {name: value / 8 for name, value in saliency.items()}
    assert unit_scores(model, sets, eighth, None, "set").tolist() == [-1.5, 0.5, 1, -1, 1]
    assert unit_scores(model, sets, saliency, None, "none").tolist() == [-6, 2, 4, -1, 1]
    assert unit_scores(model, sets, saliency, None, "parameter").tolist() == pytest.approx(
        [-6, 2, 4, -1 / 3, 1 / 3]
    )
    # 3 + 6 + 2 weights; without the two lowest, -1.5 and -1: 2 + 2 + 1
    report = prune_channels(model, PIXEL, density=5 / 11, score=saliency)
    assert [report.kept[f"layers.{index}"].outputs for index in range(2)] == [(1, 2), (1,)]


def test_a_set_whose_scores_are_all_zero_is_no_division_by_zero() -> None:
    model = Chain(1, 2, 2, 1)
    saliency = {"layers.0": torch.zeros(2, 1), "layers.1": torch.tensor([[-1.0, 0], [1, 2]])}
    sets = find_sets(trace_graph(model, PIXEL))
    assert unit_scores(model, sets, saliency, None, "set").tolist() == [0, 0, -0.5, 1.5]


def test_a_set_of_one_unit_has_a_score_too() -> None:
    model = Chain(1, 2, 1, 1)
    saliency = {"layers.0": torch.tensor([[1.0], [3]]), "layers.1": torch.tensor([[5.0, 6]])}
    sets = find_sets(trace_graph(model, PIXEL))
    assert unit_scores(model, sets, saliency, None, "none").tolist() == [1, 3, 11]
    with pytest.raises(InputError, match=r"layers\.1: saliency: expected shape \(1, 2\), got \(2, 1\)"):
        unit_scores(model, sets, {"layers.1": torch.ones(2, 1)}, None, "none")


def test_sums_are_of_64_bits() -> None:
    """2^24 + 1 is no float32."""
    model = Chain(1, 2, 2, 1)
    saliency = {"layers.1": torch.tensor([[2.0**24, 1], [2.0**24, 0]])}
    sets = find_sets(trace_graph(model, PIXEL))
    assert unit_scores(model, sets, saliency, None, "none").tolist()[2:] == [2**24 + 1, 2**24]


class Fixed(nn.Module):
    """Reshapes to sizes that do not follow the width of what comes before."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm = nn.Conv2d(1, 4, 1), nn.BatchNorm2d(4)
        self.depthwise, self.last = nn.Conv2d(4, 4, 1, groups=4), nn.Conv2d(4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.depthwise(self.norm(self.first(x)))
        if self.first.out_channels != 4:
            raise RuntimeError("no such width")
        return self.last(x)


def everything(model: nn.Module) -> dict[str, dict[str, Any]]:
    """All that a module is: its tensors by identity and its plain attributes by value."""
    return {
        name: {
            **{key: id(value) for key, value in (*module._parameters.items(), *module._buffers.items())},
            **{key: value for key, value in module.__dict__.items() if isinstance(value, int | tuple | str)},
        }
        for name, module in model.named_modules()
    }


def test_a_network_that_does_not_run_when_narrow_gets_everything_back() -> None:
    """Tensors, widths and groups of every module: it computes what it did, and says what it is."""
    model, image = Fixed().eval(), torch.ones(1, 1, 1, 1)
    before, logits = everything(model), model(image)
    with pytest.raises(
        InputError, match="model: expected sizes that follow the layers' widths, got the error"
    ):
        prune_channels(model, image, density=0.6)
    assert everything(model) == before
    assert torch.equal(model(image), logits)
    assert (model.first.out_channels, model.norm.num_features, model.depthwise.groups) == (4, 4, 4)
    assert (model.last.in_channels, model.depthwise.in_channels) == (4, 4)


@pytest.mark.parametrize(
    ("model", "by", "expected"),
    [
        (lambda: Chain(3, 4, 2), "parameters", 3 * 4 + 4 * 2),
        (lambda: Chain(3, 4, 2, norm=True), "parameters", 3 * 4 + 2 * 4 + 4 * 2),
        (lambda: Chain(3, 4, 2, norm=True), "macs", 5 * 6 * (3 * 4 + 4 * 2)),
        (
            lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 8, (1, 2), groups=2)),
            "parameters",
            3 * 4 * 9 + 4 + 4 * 8 // 2 * 2 + 8,
        ),
        (
            lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 8, (1, 2), groups=2)),
            "macs",
            3 * 4 * (3 * 4 * 9) + 3 * 3 * (4 * 8 // 2 * 2),
        ),
    ],
)
def test_what_a_network_costs_by_hand(model: Callable[[], nn.Module], by: str, expected: int) -> None:
    """On two images of 5 x 6 pixels; MACs are those of one image."""
    report = prune_channels(model(), torch.zeros(2, 3, 5, 6), density=1.0)
    assert (report.parameters if by == "parameters" else report.macs) == expected
