"""Random small networks: what is left computes exactly what the network with zeroed channels does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from channel_masks import prune_and_compare, with_random_norms
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from pruning.network.trace import trace_layers
from workloads.inputs import InputError

IMAGE = (3, 4, 4)


class Step(nn.Module):
    """A module with the numbers of the values that it reads, or a way to join them."""

    def __init__(self, sources: list[int], module: nn.Module | None = None, join: str = "") -> None:
        super().__init__()
        self.sources, self.module, self.join = sources, module, join

    def forward(self, values: list[Tensor]) -> Tensor:
        chosen = [values[source] for source in self.sources]
        if self.join == "cat":
            return torch.cat(chosen, 1)
        if self.join == "add":
            return chosen[0] + chosen[1]
        assert self.module is not None
        return self.module(chosen[0])


class Net(nn.Module):
    def __init__(self, steps: list[Step], head: nn.Module, last: int) -> None:
        super().__init__()
        self.steps, self.head, self.last = nn.ModuleList(steps), head, last

    def forward(self, x: Tensor) -> Tensor:
        values = [x]
        for step in self.steps:
            values.append(step(values))
        return self.head(values[self.last])


@dataclass
class Plan:
    """Steps drawn so far, and how many channels each value has; value 0 is the image."""

    draw: Callable[[st.SearchStrategy[int]], int]
    steps: list[Step] = field(default_factory=list)
    widths: list[int] = field(default_factory=lambda: [IMAGE[0]])

    def add(self, width: int, sources: list[int], module: nn.Module | None = None, join: str = "") -> int:
        self.steps.append(Step(sources, module, join))
        self.widths.append(width)
        return len(self.steps)

    def below(self, count: int) -> int:
        return self.draw(st.integers(0, count - 1))

    def recent(self) -> int:
        """The number of a value, mostly of the last ones: small numbers are drawn most."""
        return len(self.steps) - self.below(len(self.widths))

    def conv(self, source: int, width: int, groups: int = 1) -> int:
        taps = (1, 3)[self.below(2)]
        before = self.widths[source]
        conv = nn.Conv2d(before, width, taps, padding=taps // 2, groups=groups, bias=bool(self.below(2)))
        return self.add(width, [source], conv)

    def step(self, kind: str) -> None:
        source = self.recent()
        width = self.widths[source]
        if kind == "conv":
            self.conv(source, 1 + self.below(8))
        elif kind == "grouped":
            groups = [g for g in range(1, width + 1) if width % g == 0]
            chosen = groups[self.below(len(groups))]
            self.conv(source, chosen * (1 + self.below(3)), chosen)
        elif kind == "depthwise":
            self.conv(source, width, width)
        elif kind == "norm":
            self.add(width, [source], nn.BatchNorm2d(width, affine=bool(self.below(4))))
        elif kind == "relu":
            self.add(width, [source], nn.ReLU())
        elif kind == "cat":
            other = self.recent()
            self.add(width + self.widths[other], [source, other], join="cat")
        else:
            other = self.conv(self.recent(), width)
            self.add(width, [source, other], join="add")


KINDS = ("conv", "grouped", "depthwise", "norm", "relu", "cat", "add")


@st.composite
def networks(draw: st.DrawFn) -> nn.Module:
    torch.manual_seed(draw(st.integers(0, 2**20)))
    plan = Plan(draw)
    plan.conv(0, 2 + plan.below(7))
    for kind in draw(st.lists(st.sampled_from(KINDS), min_size=2, max_size=10)):
        plan.step(kind)
    last = len(plan.steps)
    width, hidden = plan.widths[last], 1 + plan.below(5)
    if plan.below(2):
        head = nn.Sequential(nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4 * width, hidden))
    else:
        head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, hidden))
    head.extend([nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, 2)])
    return with_random_norms(Net(plan.steps, head, last))


@given(
    networks(),
    st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9]),
    st.sampled_from(["parameters", "macs"]),
    st.sampled_from(["global", "uniform"]),
    st.sampled_from([1, 2, 3]),
    st.sampled_from(["l1", "bn_scale"]),
)
def test_what_is_left_computes_what_the_zeroed_network_does(
    model: nn.Module, density: float, by: str, scope: str, multiple: int, score: str
) -> None:
    options = {"by": by, "scope": scope, "multiple": multiple, "score": score}
    images = torch.randn(2, *IMAGE)
    try:
        report = prune_and_compare(model, images, density=density, **options)
    except InputError as error:
        assert "density: expected at least" in str(error)  # noqa: PT017
        density = float(str(error).split("at least ")[1].split(",")[0])
        report = prune_and_compare(model, images, density=density, **options)
    cost = report.macs / report.macs_before if by == "macs" else report.parameters / report.parameters_before
    assert cost <= density
    assert model(images.double()).shape == (2, 2)
    ran = trace_layers(model, IMAGE)
    assert sum(layer.macs for layer in ran) == report.macs
