"""Class-aware saliency against its definition, written out."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from pruning.layout import to_gemm
from pruning.models import build_model
from pruning.saliency import class_saliency
from workloads.inputs import InputError


def small_network() -> nn.Module:
    torch.manual_seed(0)
    return build_model("resnet20", num_classes=5, in_channels=1, width=4).eval()


def test_is_weight_times_mean_absolute_gradient_of_each_sample() -> None:
    model, classes = small_network(), (3, 1)
    images, labels = torch.randn(3, 1, 8, 8), torch.tensor([1, 3, 1])
    found = class_saliency(model, images, labels, classes)
    for name in ("layer2.0.conv1", "fc"):
        weight = model.get_submodule(name).weight
        total = torch.zeros_like(weight)
        for image, label in zip(images, labels, strict=True):
            logits = model(image[None])[:, [3, 1]]
            target = torch.tensor([classes.index(int(label))])
            total += torch.autograd.grad(functional.cross_entropy(logits, target), weight)[0].abs()
        expected = to_gemm(weight.detach().abs() * total / 3)
        torch.testing.assert_close(found[name], expected)
        assert found[name].dtype == torch.float32


def test_nothing_moves() -> None:
    model = small_network().train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    class_saliency(model, torch.randn(2, 1, 8, 8), torch.tensor([0, 1]))
    assert model.training
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())


def test_other_classes_do_not_count() -> None:
    saliency = class_saliency(small_network(), torch.randn(2, 1, 8, 8), torch.tensor([0, 2]), (0, 2))
    assert (saliency["fc"][[1, 3, 4]] == 0).all()
    assert (saliency["fc"][[0, 2]] > 0).any()


class Unused(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.used, self.unused = nn.Linear(4, 2), nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.used(x)


def test_what_it_refuses() -> None:
    image, label = torch.randn(1, 4), torch.tensor([0])
    with pytest.raises(InputError, match="unused: saliency: expected a layer that the loss depends on"):
        class_saliency(Unused(), image, label)
    with pytest.raises(InputError, match="expected weights that require a gradient"):
        class_saliency(Unused().requires_grad_(False), image, label)
    with pytest.raises(InputError, match="used: saliency: expected finite gradients"):
        class_saliency(Unused(), image * float("nan"), label, layers=["used"])
    with pytest.raises(InputError, match="expected at least one sample"):
        class_saliency(Unused(), image[:0], label[:0])
    with pytest.raises(InputError, match="expected samples of the classes"):
        class_saliency(Unused(), image, label + 1, (0,))
