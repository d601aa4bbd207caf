"""Class-aware saliency against its definition, written out."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from pruning.models import build_model
from pruning.network.layout import to_gemm
from pruning.saliencies import Samples, parse_saliency, saliency_names
from pruning.saliencies.shared.gradients import class_saliency
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


def test_the_most_needy_class_decides() -> None:
    model, images = small_network(), torch.randn(5, 1, 8, 8)
    labels, classes = torch.tensor([2, 0, 2, 0, 2]), (2, 0)
    calls: list[None] = []
    found = class_saliency(
        model, images, labels, classes, over_classes="max", after_sample=lambda: calls.append(None)
    )
    alone = []
    for label in classes:
        mine = labels == label
        alone.append(class_saliency(model, images[mine], labels[mine], classes))
    assert len(calls) == 5
    for name, score in found.items():
        torch.testing.assert_close(score, torch.maximum(alone[0][name], alone[1][name]))
    mean = class_saliency(model, images, labels, classes)
    assert not torch.equal(mean["fc"], found["fc"])


@pytest.mark.parametrize("text", [*saliency_names(), "class_gradient(over_classes=max)"])
def test_every_saliency_scores_every_weight_and_changes_nothing(text: str) -> None:
    model = small_network().train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    samples = Samples(torch.randn(6, 1, 8, 8), torch.tensor([0, 1, 0, 1, 0, 1]), (0, 1))
    layers = ("layer2.0.conv1", "fc")
    first, second = (parse_saliency(text).score(model, samples, layers, lambda: None) for _ in range(2))
    assert list(first) == list(layers)
    for name in layers:
        assert first[name].shape == to_gemm(model.get_submodule(name).weight).shape
        assert first[name].dtype == torch.float32
        assert first[name].isfinite().all()
        assert first[name].unique().numel() > 1
        assert torch.equal(first[name], second[name])
    assert model.training
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())


def test_magnitude_and_random() -> None:
    model, samples = small_network(), Samples(torch.zeros(0), torch.zeros(0))
    found = parse_saliency("magnitude").score(model, samples, ["layer2.0.conv1"], lambda: None)
    assert torch.equal(found["layer2.0.conv1"], to_gemm(model.layer2[0].conv1.weight.detach().abs()))
    one, two = (parse_saliency(f"random(seed={s})").score(model, samples, ["fc"], int) for s in (0, 1))
    assert not torch.equal(one["fc"], two["fc"])


def test_movement_walks_the_samples_in_batches() -> None:
    model, images, labels = small_network(), torch.randn(5, 1, 8, 8), torch.tensor([3, 1, 1, 3, 1])
    calls: list[None] = []
    saliency = parse_saliency("movement(learning_rate=0.1, batch_size=2)")
    found = saliency.score(model, Samples(images, labels, (1, 3)), ["fc"], lambda: calls.append(None))
    weight, expected = model.fc.weight, torch.zeros_like(model.fc.weight)
    optimizer = torch.optim.SGD([weight], 0.1)
    for start in (0, 2, 4):
        part = slice(start, start + 2)
        logits = model(images[part])[:, [1, 3]]
        optimizer.zero_grad()
        functional.cross_entropy(logits, (labels[part] == 3).long()).backward()
        expected -= weight.detach() * weight.grad
        optimizer.step()
    assert len(calls) == 5
    torch.testing.assert_close(found["fc"], expected)
    assert (found["fc"] > 0).any()
    assert (found["fc"] < 0).any()


def test_movement_puts_the_weights_back_after_an_error() -> None:
    model = small_network()
    before = model.fc.weight.detach().clone()
    samples = Samples(torch.randn(4, 1, 8, 8) * float("nan"), torch.tensor([0, 1, 0, 1]))
    with pytest.raises(InputError, match="fc: saliency: expected finite gradients"):
        parse_saliency("movement").score(model, samples, ["fc"], lambda: None)
    assert torch.equal(model.fc.weight, before)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gradient", "saliency: expected a known name, got 'gradient'; did you mean 'class_gradient'"),
        ("class_gradient(over_classes=sum)", "over_classes: expected one of mean, max, got 'sum'"),
        ("movement(batch_size=0)", "batch_size: expected a whole number of at least 1, got 0"),
        ("movement(learning_rate=-1)", "learning_rate: expected at least 0 and a float32, got -1"),
        ("movement(learning_rate=1e39)", "learning_rate: expected at least 0 and a float32, got 1e\\+39"),
        ("random(seed=-1)", "seed: expected a whole number from 0"),
        ("magnitude(p=2)", "expected a known argument"),
    ],
)
def test_wrong_text(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_saliency(text)


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


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        ([0, 1], {"classes": (0, 1, 0)}, r"expected classes from 0 on, each of them once, got \[0, 1, 0\]"),
        ([0, 1], {"classes": (1, 0, -1)}, "classes: expected a whole number of at least 0, got -1"),
        ([0, 1], {"classes": (0, 1, 5)}, "expected classes from 0 to 4, as many as .* outputs, got 5"),
        ([0, 5], {}, "expected classes from 0 to 4, as many as the network has outputs, got 5"),
        ([-1, 0], {}, "expected classes from 0 to 4, as many as the network has outputs, got -1"),
        ([0, 1, 0], {}, r"expected a label for each of 2 images, got shape \(3,\)"),
        ([0], {}, r"expected a label for each of 2 images, got shape \(1,\)"),
        (
            [0, 1],
            {"layers": ["cf"]},
            "layers: expected convolutions or linear layers, got 'cf'; did you",
        ),
        ([0, 1], {"layers": []}, "layers: expected one convolution or linear layer at least, got none"),
        ([0, 1], {"layers": ["bn1"]}, "layers: expected convolutions or linear layers, got 'bn1'"),
    ],
)
def test_samples_and_layers_that_do_not_fit(
    labels: list[int], options: dict[str, object], message: str
) -> None:
    images = torch.randn(2, 1, 8, 8)
    with pytest.raises(InputError, match=message):
        class_saliency(small_network(), images, torch.tensor(labels), **options)
    for text in ("class_gradient", "movement(batch_size=1)"):
        scorer, layers = parse_saliency(text), options.get("layers", ["fc"])
        with pytest.raises(InputError, match=message):
            scorer.score(
                small_network(), Samples(images, torch.tensor(labels), options.get("classes")), layers, int
            )


@pytest.mark.parametrize("text", ["class_gradient", "movement(learning_rate=0, batch_size=1)"])
def test_half_floats_are_summed_as_float32(text: str) -> None:
    """A sum of 600 equal numbers in bfloat16 stops at 256 of them."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(1, 2, bias=False)).to(torch.bfloat16)
    with torch.no_grad():
        model[1].weight.fill_(1)
    samples = Samples(torch.ones(600, 1, dtype=torch.bfloat16), torch.zeros(600, dtype=torch.int64))
    found = parse_saliency(text).score(model, samples, ["1"], lambda: None)["1"]
    assert found.abs().flatten().tolist() == [0.5 * (600 if "movement" in text else 1)] * 2
