"""Distillation, classifiers of the user's classes alone, and labels and names of classes."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pruning_stops import with_dropout
from torch import nn

from pruning.data import Dataset, parse_classes
from pruning.data.shared.glyphs.render import CLASS_NAMES as GLYPHS
from pruning.models import build_model
from pruning.network.head import narrow_head
from pruning.training.accuracy import class_accuracy
from pruning.training.distill import Distillation
from pruning.training.finetune import train_steps
from workloads.inputs import InputError


def log_softmax(x: np.ndarray) -> np.ndarray:
    shifted = x - x.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 5),
    st.integers(2, 6),
    st.floats(0, 1),
    st.sampled_from([1.0, 2.5, 4.0]),
)
def test_the_loss_is_the_papers(seed: int, batch: int, count: int, share: float, temperature: float) -> None:
    rng = np.random.default_rng(seed)
    student, teacher = rng.normal(0, 3, (batch, count)), rng.normal(0, 3, (batch, 9))
    classes = rng.permutation(9)[:count].tolist()
    distill = Distillation(Constant(torch.from_numpy(teacher)), classes, share, temperature)
    hard = torch.tensor(1.75, dtype=torch.float64)
    got = float(distill(torch.zeros(batch, 1), torch.from_numpy(student), hard))
    p = log_softmax(teacher[:, classes] / temperature)
    q = log_softmax(student / temperature)
    divergence = (np.exp(p) * (p - q)).sum(1).mean()
    assert got == pytest.approx((1 - share) * 1.75 + share * temperature**2 * divergence)


class Constant(nn.Module):
    def __init__(self, logits: torch.Tensor) -> None:
        super().__init__()
        self.logits = logits

    def forward(self, _: torch.Tensor) -> torch.Tensor:
        return self.logits


def fine_tuned(data: Dataset, classes: Sequence[int], share: float | None, teacher: nn.Module) -> nn.Module:
    torch.manual_seed(1)
    model = with_dropout(10)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    train_steps(
        model,
        data.of_classes(classes),
        optimizer,
        torch.optim.lr_scheduler.ConstantLR(optimizer, 1),
        3,
        generator=torch.Generator().manual_seed(0),
        batch_size=8,
        classes=classes,
        distill=None if share is None else Distillation(teacher, classes, share),
    )
    return model


def test_share_0_changes_no_bit_and_another_share_does(data: Dataset) -> None:
    teacher = with_dropout(10)
    plain, none, some = (fine_tuned(data, (1, 8, 3), share, teacher) for share in (None, 0.0, 0.5))
    for name, value in plain.state_dict().items():
        assert torch.equal(value, none.state_dict()[name])
    assert not torch.equal(plain.state_dict()["0.weight"], some.state_dict()["0.weight"])


def test_the_teacher_stays_as_it_was(data: Dataset) -> None:
    teacher = with_dropout(10)
    teacher[1].eval()  # a mode of its own: the rest trains
    state = {name: value.clone() for name, value in teacher.state_dict().items()}
    modes = [module.training for module in teacher.modules()]
    fine_tuned(data, (1, 8, 3), 0.7, teacher)
    assert [module.training for module in teacher.modules()] == modes
    assert all(torch.equal(value, teacher.state_dict()[name]) for name, value in state.items())
    assert all(parameter.grad is None for parameter in teacher.parameters())


@pytest.mark.parametrize("name", ["resnet20", "mobilenet_v2"])
def test_a_narrow_head_gives_the_full_heads_logits(name: str) -> None:
    torch.manual_seed(0)
    model = build_model(name, num_classes=10, in_channels=1).eval()
    images = torch.randn(3, 1, 28, 28)
    with torch.no_grad():
        full = model(images)
        narrow_head(model, (7, 0, 3), 10, (1, 28, 28))
        narrow = model(images)
    torch.testing.assert_close(narrow, full[:, [7, 0, 3]])
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_a_narrow_head_without_bias() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 5, bias=False))
    before = model[1].weight.detach().clone()
    narrow_head(model, (4, 1), 5, (1, 2, 2))
    assert torch.equal(model[1].weight, before[[4, 1]])
    assert model(torch.zeros(1, 1, 2, 2)).shape == (1, 2)


@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(nn.Conv2d(1, 10, 2), nn.Flatten()),
        nn.Sequential(nn.Flatten(), nn.Linear(4, 12)),
    ],
    ids=["no linear layer", "more outputs"],
)
def test_a_head_that_cannot_be_narrowed(model: nn.Module) -> None:
    with pytest.raises(InputError, match="head: expected a linear layer with 10 outputs to run last, got"):
        narrow_head(model, (0, 1), 10, (1, 2, 2))


def test_relabelled_images_are_the_same_under_new_labels(data: Dataset) -> None:
    classes = (8, 0, 5)
    mine, old = data.relabelled(classes), data.of_classes(classes)
    assert mine.class_names == ("Bag", "T-shirt/top", "Sandal")
    for images, labels, old_images, old_labels in (
        (mine.train_images, mine.train_labels, old.train_images, old.train_labels),
        (mine.test_images, mine.test_labels, old.test_images, old.test_labels),
    ):
        assert torch.equal(images, old_images)
        assert [classes[label] for label in labels.tolist()] == old_labels.tolist()


def test_accuracy_by_a_narrow_head_is_that_of_the_full_one(data: Dataset) -> None:
    torch.manual_seed(3)
    full, narrow = (build_model("resnet20", in_channels=1, width=4) for _ in range(2))
    narrow.load_state_dict(full.state_dict())
    narrow_head(narrow, (7, 0, 3), 10, data.image_shape)
    for classes in ((7, 0, 3), (0, 7), (3, 7)):
        assert class_accuracy(narrow, data, classes, head=(7, 0, 3)) == class_accuracy(full, data, classes)
    with pytest.raises(InputError, match=r"expected some of \[7, 0, 3\], the classes that .*, got 1"):
        class_accuracy(narrow, data, (0, 1), head=(7, 0, 3))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,A", ["a", "A"]),
        ("0,1", ["0", "1"]),  # digits, and not the labels of the first two letters
        ("0,12", ["0", GLYPHS[12]]),  # no class has the name 12: it is a label
        (" z , Z,", ["z", "Z"]),
    ],
)
def test_classes_of_glyph62(text: str, names: list[str]) -> None:
    assert [GLYPHS[label] for label in parse_classes(text, GLYPHS)] == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cat,dgo", "expected a class name or number, got 'dgo'; did you mean 'dog'"),
        ("cat,Dog,DOG", r"expected distinct labels, got \[0, 1, 1\]"),
        ("cat,AX", "expected a class name or number, got 'AX'"),  # ax or Ax
        ("cat,-1", "expected labels from 0 to 3, got -1"),
        ("cat,--1", "expected a class name or number, got '--1'"),
        ("cat,²", "expected a class name or number, got '²'"),
        ("cat,4", "expected labels from 0 to 3, got 4"),
        ("cat", r"expected at least two class labels, got \[0\]"),
        (",", r"expected at least two class labels, got \[\]"),
    ],
)
def test_classes_that_are_none(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_classes(text, ("cat", "dog", "ax", "Ax"))
