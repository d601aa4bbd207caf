"""What the two training loops compute, step by step, against the same written out in plain Python."""

from pathlib import Path
from typing import Any

import pytest
import torch
from sgd_by_hand import ByHand, between, dataset, network, state_of
from torch import Tensor, nn

from pruning.files.checkpoint import load_checkpoint
from pruning.models import allow_factory
from pruning.run.config import RunConfig
from pruning.run.stages import StageData, run_stages
from pruning.training.config import TrainConfig
from pruning.training.distill import Distillation
from pruning.training.finetune import train_steps, weight_decay_groups
from pruning.training.train import train_network
from workloads.inputs import InputError

FACTORY = f"{__name__}:made"


def made() -> nn.Module:
    return network()


def test_weights_decay_and_biases_do_not() -> None:
    """Without a gradient a step of rate 0.1 leaves 1 - 0.1 x 0.5 of a filter, and all of a vector."""
    model = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(2, 2))
    optimizer = torch.optim.SGD(weight_decay_groups(model, 0.5), 0.1)
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    for name, value in model.named_parameters():
        left = 0.95 if name in ("0.weight", "3.weight") else 1.0
        torch.testing.assert_close(value.detach(), left * before[name])


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_training_from_scratch_follows_one_cycle(smoothing: float, tmp_path: Path) -> None:
    """The rate rises from 1/25 of its peak, falls to 1/250,000; momentum goes from 0.95 to 0.85 and back."""
    allow_factory(FACTORY)
    config = TrainConfig(
        FACTORY, {}, 7, batch_size=2, learning_rate=0.5, weight_decay=0.1, label_smoothing=smoothing
    )
    losses: list[tuple[int, int, float]] = []
    path = tmp_path / "two.safetensors"
    info = train_network(config, dataset(), path, lambda *args: losses.append(args))
    hand, expected = ByHand(0.1, smoothing), []
    top, last = 0.3 * 8 - 1, 7  # of eight steps, the last of which is not taken
    for step in range(7):
        if step <= top:
            rate, momentum = (
                between(0.02, 0.5, step / top),
                between(0.95, 0.85, step / top),
            )
        else:
            part = (step - top) / (last - top)
            rate, momentum = between(0.5, 2e-6, part), between(0.85, 0.95, part)
        expected.append(hand.step(rate, momentum))
    assert [(done, total) for done, total, _ in losses] == [(step, 7) for step in range(1, 8)]
    assert [loss for *_, loss in losses] == pytest.approx(expected, rel=1e-5)
    model, _ = load_checkpoint(path)
    assert state_of(model) == pytest.approx([*hand.weights, *hand.biases], rel=1e-3)  # 16 bits
    assert info.accuracy == 1.0


class Stages:
    """Prunes nothing; new parameters at every stage, if wanted, as when channels leave."""

    def __init__(self, renews: bool) -> None:
        self.model, self.renews = network(), renews

    def shrink(self, _stage: int, _after: Any) -> bool:
        if self.renews:
            self.model[1].weight = nn.Parameter(self.model[1].weight.detach().clone())
            self.model[1].bias = nn.Parameter(self.model[1].bias.detach().clone())
        return self.renews


@pytest.mark.parametrize("renews", [False, True])
def test_fine_tuning_follows_one_cosine_over_all_stages(renews: bool) -> None:
    """Two stages of two steps and three more: the rate falls to zero over all seven, renewed or not."""
    config = RunConfig(
        (0, 1), stages=2, steps=2, last_steps=3, batch_size=2, learning_rate=0.4, weight_decay=0.1
    )
    work, data = Stages(renews), dataset()
    both = StageData(data, (0, 1), data.train_images, torch.Generator().manual_seed(0))
    run_stages(config, work, both, lambda *_: None, None)  # type: ignore[arg-type]
    hand = ByHand(0.1)
    for step in range(7):
        if renews and step == 2:
            hand.rest()  # stage 2 has new parameters
        hand.step(between(0.4, 0.0, step / 7))
    assert state_of(work.model) == pytest.approx([*hand.weights, *hand.biases], rel=1e-5)


def test_the_loss_of_smoothed_labels_by_hand() -> None:
    """Logits 2 and 0 for class 0: of 0.2, half goes to the other class, so -(0.9 log p + 0.1 log (1 - p))."""
    losses: list[float] = []
    hand = ByHand(smoothing=0.2)
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 1e-9)
    scheduler = torch.optim.lr_scheduler.ConstantLR(optimizer)
    train_steps(
        model,
        dataset(),
        optimizer,
        scheduler,
        2,
        generator=torch.Generator(),
        label_smoothing=0.2,
        after_step=losses.append,
    )
    assert losses == pytest.approx([hand.step(0), hand.step(0)], rel=1e-6)


def test_the_other_classes_have_no_part_in_the_loss() -> None:
    """With classes (1, 0) the first logit counts as class 1: labels are looked up in the user's order."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(1, 3))
    with torch.no_grad():
        model[1].weight.copy_(torch.tensor([[-0.2], [0.3], [100.0]]))
        model[1].bias.copy_(torch.tensor([0.05, 0.1, 100.0]))
    data = dataset()
    swapped = dataset().__class__(
        "swapped", ("minus", "plus", "none"), data.train_images, 1 - data.train_labels, *_test_part(data)
    )
    losses: list[float] = []
    optimizer = torch.optim.SGD(model.parameters(), 0.5)
    scheduler = torch.optim.lr_scheduler.ConstantLR(optimizer, 1.0)
    train_steps(
        model,
        swapped,
        optimizer,
        scheduler,
        3,
        generator=torch.Generator(),
        classes=(1, 0),
        after_step=losses.append,
    )
    hand = ByHand()
    assert losses == pytest.approx([hand.step(0.5, 0.0) for _ in range(3)], rel=1e-5)


def _test_part(data: Any) -> tuple[Tensor, Tensor]:
    return data.test_images, data.test_labels


def test_distillation_by_hand() -> None:
    """Softened by T = 2, a teacher of logits (2, 0) says p = e / (1 + e); a student of (0, 0) says 1/2."""
    teacher = nn.Sequential(nn.Flatten(), nn.Linear(1, 2))
    with torch.no_grad():
        teacher[1].weight.zero_()
        teacher[1].bias.copy_(torch.tensor([2.0, 0.0]))
    p = float(torch.tensor(1.0).sigmoid())
    apart = p * torch.tensor(p / 0.5).log() + (1 - p) * torch.tensor((1 - p) / 0.5).log()
    loss = Distillation(teacher, None, share=0.25, temperature=2.0)(
        torch.zeros(3, 1, 1, 1), torch.zeros(3, 2), torch.tensor(8.0)
    )
    assert float(loss) == pytest.approx(0.75 * 8 + 0.25 * 4 * float(apart), rel=1e-6)


@pytest.mark.parametrize("rate", [0.0, -0.1, float("inf"), float("nan")])
def test_a_rate_is_above_zero_and_finite(rate: float) -> None:
    TrainConfig(learning_rate=1e-30)
    RunConfig((0, 1), learning_rate=1e30)
    for make in (lambda: TrainConfig(learning_rate=rate), lambda: RunConfig((0, 1), learning_rate=rate)):
        with pytest.raises(InputError, match="learning_rate: expected more than 0, got"):
            make()
