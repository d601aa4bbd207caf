"""What the stages of a run report and ask for, on networks of a few weights."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
import torch
from sgd_by_hand import dataset
from torch import Tensor, nn

from pruning.masking.pruner import PruneConfig, prepare
from pruning.methods.channel import Method as ChannelMethod
from pruning.network.trace import trace_layers
from pruning.run.by_channels import ChannelStages, channel_rows, narrow, running_modules, weights_gone
from pruning.run.by_masks import MaskStages
from pruning.run.config import RunConfig
from pruning.run.stages import StageData, run_stages
from pruning.saliencies import Samples

DATA = dataset()
SHAPE = (1, 1, 1)


class Told:
    """A saliency that is what it was told, and says after each of its looks."""

    def __init__(self, looks: int, **scores: list[list[float]]) -> None:
        self.looks, self.scores = looks, {f"{name[1:]}": torch.tensor(s) for name, s in scores.items()}

    def score(
        self, _model: Any, _samples: Samples, layers: Iterable[str], after: Callable[[], None]
    ) -> dict[str, Tensor]:
        for _ in range(self.looks):
            after()
        return {name: self.scores[name] for name in layers}


def masked(config: RunConfig, told: Told, monkeypatch: pytest.MonkeyPatch) -> MaskStages:
    """Stages over Linear(1, 2) and Linear(2, 4), of which the second is pruned."""
    monkeypatch.setattr("pruning.run.by_masks.parse_saliency", lambda _: told)
    model = nn.Sequential(nn.Flatten(), nn.Linear(1, 2), nn.Linear(2, 4))
    pruner = prepare(model, PruneConfig(config.pattern, SHAPE))
    return MaskStages(config, pruner, Samples(DATA.train_images, DATA.train_labels), DATA.train_images)


@pytest.mark.parametrize(
    ("scores", "share"),
    [
        ([[8.0, 1], [4, 1], [2, 2], [1, 1]], (8 + 4 + 2) / 20),
        ([[0.0, 0], [0, 0], [0, 0], [0, 0]], None),  # no share of nothing
        ([[8.0, -1], [4, 1], [2, 2], [1, 1]], None),  # nor of scores below zero
        ([[8.0, 0], [0, 0], [0, 0], [0, 0]], 1.0),
        ([[0.5, 0.25], [0.25, 0], [0, 0], [0, 0]], 1.0),
    ],
)
def test_the_share_of_saliency_that_a_stage_keeps(
    scores: list[list[float]], share: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three of the second layer's eight weights stay beside the first layer's two: half of ten."""
    config = RunConfig((0, 1), "unstructured", sparsity=0.5, stages=1)
    stages = masked(config, Told(0, _2=scores), monkeypatch)
    assert not stages.shrink(1, lambda: None)
    assert stages.state() == {"history": {"2": [{"density": 3 / 8, "saliency_kept": share}]}}
    made = stages.finish()
    assert (made.sparsity, made.widths) == (0.5, None)
    assert made.masks["2"].kept == 3
    assert isinstance(stages.model[2].weight, nn.Parameter)
    assert int((stages.model[2].weight != 0).sum()) == 3


def test_each_stage_asks_for_its_own_sparsity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Linear in three stages to 0.6 of ten weights: 8, 6 and 4 stay, two of them in the first layer."""
    scores = [[8.0, 7], [6, 5], [4, 3], [2, 1]]
    stages = masked(
        RunConfig((0, 1), "unstructured", sparsity=0.6, stages=3), Told(0, _2=scores), monkeypatch
    )
    for stage, kept in ((1, 6), (2, 4), (3, 2)):
        stages.shrink(stage, lambda: None)
        (rows,) = stages.state()["history"].values()
        assert rows[-1]["density"] == kept / 8
        assert len(rows) == stage


def test_groups_tighten_stage_by_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    """1:2 in two stages: 1.41 is rounded up to 2:2, then 1:2."""
    config = RunConfig((0, 1), "nm(1:2)", sparsity=0.4, stages=2, schedule="decaying_nm")
    stages = masked(config, Told(0, _2=[[1.0, 2]] * 4), monkeypatch)
    for stage, density in ((1, 1.0), (2, 0.5)):
        stages.shrink(stage, lambda: None)
        assert stages.state()["history"]["2"][-1]["density"] == density


@pytest.mark.parametrize("looks", [0, 2, 3])
def test_progress_counts_samples_and_images(looks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two stages of three samples, and 2 + 1 and 2 steps of two images; a saliency may look at fewer."""
    config = RunConfig((0, 1), "unstructured", 0.5, stages=2, steps=1, last_steps=1, batch_size=2, samples=3)
    stages = masked(config, Told(looks, _2=[[1.0, 2]] * 4), monkeypatch)
    both = StageData(DATA, (0, 1), DATA.train_images, torch.Generator().manual_seed(0))
    told: list[tuple[int, int, str]] = []
    run_stages(config, stages, both, lambda *args: told.append(args), None)
    assert {total for _, total, _ in told} == {2 * 3 + 3 * 2}
    dones = [(done, what) for done, _, what in told]
    seen = [(n, "saliency") for n in range(1, looks + 1)]
    later = [(5 + n, "saliency") for n in range(1, looks + 1)]
    assert dones == [
        *seen,
        (3, "saliency"),
        (5, "fine-tuning"),
        *later,
        (8, "saliency"),
        (10, "fine-tuning"),
        (12, "fine-tuning"),
    ]


class Idle(nn.Module):
    """Four channels between two convolutions, and a layer of 50 weights that never runs."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = nn.Conv2d(1, 4, 1, bias=False), nn.Conv2d(4, 2, 1, bias=False)
        self.idle = nn.Linear(10, 5, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x)).flatten(1)


SCORES = {"first": torch.tensor([[1.0], [4], [2], [3]])}


@pytest.mark.parametrize("scope", ["global", "uniform"])
def test_channels_go_until_the_weights_that_run_are_few_enough(scope: str) -> None:
    """Each of the four channels has 1 + 2 of the 12 weights that run; stage by stage one more goes."""
    model = Idle()
    whole = {layer.name: layer for layer in trace_layers(model, SHAPE)}
    assert list(running_modules(model, whole)) == ["first", "second"]
    assert weights_gone(model, whole) == 0
    pattern, left = ChannelMethod(score="l1", scope=scope), [1, 4, 2, 3]
    for sparsity, width in ((0.1, 3), (0.25, 3), (0.26, 2), (0.5, 2), (0.75, 1)):
        scores = {"first": torch.tensor(left, dtype=torch.float32)[:, None]}
        narrow(model, whole, pattern, sparsity, SHAPE, scores)
        left = sorted(sorted(left)[-width:], key=left.index)
        assert model.first.out_channels == model.second.in_channels == width
        assert weights_gone(model, whole) == 1 - width / 4
    assert model.idle.weight.shape == (5, 10)
    rows = channel_rows("channel", trace_layers(model, SHAPE), whole)
    assert [(row.why, row.density) for row in rows] == [("1 of 4 channels", 0.25), ("2 of 2 channels", 0.25)]


def test_options_of_a_channel_pattern_reach_the_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Multiples of two leave two channels where one would do."""
    config = RunConfig((0, 1), "channel(multiple=2)", sparsity=0.4, stages=1)
    monkeypatch.setattr("pruning.run.by_channels.parse_saliency", lambda _: Told(0, _first=[], _second=[]))
    model = Idle()
    samples = Samples(DATA.train_images, DATA.train_labels)
    stages = ChannelStages(config, ChannelMethod(multiple=2), model, SHAPE, samples, DATA.train_images)
    stages._scorer.scores = {**SCORES, "second": torch.zeros(2, 4)}
    assert stages.shrink(1, lambda: None)
    assert model.first.out_channels == 2
    assert stages.state()["history"] == {"first": [{"density": 0.5}], "second": [{"density": 0.5}]}
    made = stages.finish()
    assert made.sparsity == 0.5
    assert {name: mask.kept for name, mask in made.masks.items()} == {"first": 2, "second": 4}
