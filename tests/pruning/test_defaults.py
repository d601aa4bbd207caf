"""What is meant where nothing is said: the defaults that the documents name, seen in what they do."""

import inspect

import pytest
import torch
from sgd_by_hand import dataset
from torch import Tensor, nn

import pruning
from pruning.data import Dataset
from pruning.methods import parse_method
from pruning.methods.channel import Method as ChannelMethod
from pruning.saliencies import parse_saliency
from pruning.training.batch_norm import reestimate_batch_norm
from pruning.training.config import TrainConfig
from pruning.training.distill import Distillation
from pruning.training.finetune import train_steps


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ("crisp(2:4, block=16)", "crisp(2:4, block=16, score=sum)"),
        ("block(block=16)", "block(block=16, score=sum)"),
        ("unstructured", "unstructured(scope=global)"),
        ("random", "random(seed=0)"),
        ("gs", "gs(banks=8)"),
    ],
)
def test_methods(short: str, whole: str) -> None:
    assert parse_method(short) == parse_method(whole)


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ("class_gradient", "class_gradient(over_classes=mean)"),
        ("movement", "movement(learning_rate=0.01, batch_size=16)"),
        ("random", "random(seed=0)"),
    ],
)
def test_saliencies(short: str, whole: str) -> None:
    assert parse_saliency(short) == parse_saliency(whole)


def test_channels() -> None:
    whole = "channel(score=saliency, multiple=1, scope=global, normalise=set)"
    assert parse_method("channel") == parse_method(whole) == ChannelMethod()


def test_the_mask_step_asks_for_two_of_four_in_blocks_of_16_and_a_tenth() -> None:
    saliency = {"a": torch.rand(48, 160, generator=torch.Generator().manual_seed(0))}
    whole = pruning.crisp_masks(saliency, n_keep=2, m_group=4, block=16, sparsity=0.9, score="sum")
    assert torch.equal(pruning.crisp_masks(saliency)["a"], whole["a"])
    assert int(pruning.unstructured_masks(saliency)["a"].sum()) == 768


def test_a_recipe_of_training() -> None:
    assert TrainConfig() == TrainConfig(
        model="resnet20",
        options={"width": 32},
        epochs=6,
        batch_size=128,
        learning_rate=0.2,
        weight_decay=5e-4,
        label_smoothing=0.05,
        seed=0,
    )


class Sizes(nn.Module):
    """Notes how many images come at once."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.sizes = nn.BatchNorm2d(1), []

    def forward(self, x: Tensor) -> Tensor:
        self.sizes.append(len(x))
        return self.norm(x).flatten(1).expand(-1, 2)


def test_sizes_of_batches() -> None:
    """128 images a training step, 64 to measure batch norm on."""
    images, labels = torch.randn(300, 1, 1, 1), torch.arange(300) % 2
    data, model = Dataset("many", ("a", "b"), images, labels, images, labels), Sizes()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    scheduler = torch.optim.lr_scheduler.ConstantLR(optimizer)
    train_steps(model, data, optimizer, scheduler, 3, generator=torch.Generator())
    assert model.sizes == [128] * 3
    model.sizes.clear()
    reestimate_batch_norm(model, images[:200])
    assert model.sizes == [64] * 3
    torch.testing.assert_close(model.norm.running_mean[0], images[:192].mean())


def test_labels_are_not_smoothed_and_all_classes_count_unless_asked_for() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(1, 2))
    optimizer = torch.optim.SGD(model.parameters(), 1e-9)
    scheduler = torch.optim.lr_scheduler.ConstantLR(optimizer)
    losses: list[float] = []
    data = dataset()
    logits = model(data.train_images).detach()
    train_steps(model, data, optimizer, scheduler, 1, generator=torch.Generator(), after_step=losses.append)
    expected = nn.functional.cross_entropy(logits, data.train_labels)
    assert losses == pytest.approx([float(expected)], rel=1e-5)


def test_distillation_softens_by_four() -> None:
    """T^2 and the softened logits of teacher (8, 0) and student (0, 0): as with temperature 4 in words."""
    teacher = nn.Sequential(nn.Flatten(), nn.Linear(1, 2))
    with torch.no_grad():
        teacher[1].weight.zero_()
        teacher[1].bias.copy_(torch.tensor([8.0, 0.0]))
    images, logits, loss = torch.zeros(1, 1, 1, 1), torch.zeros(1, 2), torch.tensor(0.0)
    unsaid, four = Distillation(teacher, None, 1.0), Distillation(teacher, None, 1.0, 4.0)
    assert torch.equal(unsaid(images, logits, loss), four(images, logits, loss))


def test_masks_do_not_decay_unless_asked_to() -> None:
    assert inspect.signature(pruning.PruneConfig).parameters["sr_ste_decay"].default == 0
    assert pruning.PruneConfig("dense", (1, 1, 1)) == pruning.PruneConfig(
        "dense", (1, 1, 1), 0.0, "first,depthwise"
    )
