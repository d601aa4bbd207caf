"""Scores that are finite are taken, whatever their sum; no class at all is refused in words."""

import pytest
import torch
from torch import nn

import pruning
from pruning.saliencies import Samples, parse_saliency
from pruning.saliencies.shared.gradients import as_score, sample_targets
from workloads.inputs import InputError


def test_finite_scores_whose_sum_float32_does_not_hold() -> None:
    value = torch.full((2, 3), 3e38)
    assert torch.equal(as_score("a", value), value)
    model = nn.Sequential(nn.Linear(3, 2))
    with torch.no_grad():
        model[0].weight.fill_(-3e38)
    samples = Samples(torch.zeros(0), torch.zeros(0))
    assert torch.equal(parse_saliency("magnitude").score(model, samples, ["0"], int)["0"], value)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), float("-inf")])
def test_one_that_is_not_finite(wrong: float) -> None:
    with pytest.raises(InputError, match="a: saliency: expected finite gradients, got NaN or infinity"):
        as_score("a", torch.tensor([[1.0, wrong]]))


def test_scores_are_float32_in_the_order_of_the_gemm() -> None:
    """[m, c, r, s] = [1, 2, 1, 2] becomes k = (r, s, c)."""
    found = as_score("a", torch.tensor([[[[1.0, 2]], [[3, 4]]]], dtype=torch.float64))
    assert found.dtype == torch.float32
    assert found.tolist() == [[1, 3, 2, 4]]


def test_classes_of_samples() -> None:
    labels = torch.tensor([0, 1])
    assert sample_targets(labels, (0, 1)).tolist() == [0, 1]
    assert sample_targets(labels, (1, 0)).tolist() == [1, 0]
    assert sample_targets(labels, None).tolist() == [0, 1]
    for classes in ((), (0,), (1, 2)):
        with pytest.raises(InputError, match=r"saliency: expected samples of the classes \[.*\] alone"):
            sample_targets(labels, classes)
    with pytest.raises(InputError, match="saliency: expected classes from 0 on, each of them once"):
        sample_targets(labels, (1, 1, 0))
    for classes in ((0, -1), (-1, -1)):
        with pytest.raises(
            InputError, match="saliency: classes: expected a whole number of at least 0, got -1"
        ):
            sample_targets(labels, classes)


def test_sums_of_magnitudes_have_to_be_finite_though_signs_cancel() -> None:
    """A block of 1e308 and -1e308 sums to 0, one of 1e308 alone to nothing that float64 holds."""
    score = {"a": torch.tensor([[1e308, -1e308, 1e308, -1e308]] * 2, dtype=torch.float64)}
    with pytest.raises(InputError, match="a: score: expected numbers that can be summed"):
        pruning.crisp_masks(score, 1, 1, 2, 0.5)
    half = {"a": score["a"] / 16}
    assert int(pruning.crisp_masks(half, 1, 1, 2, 0.5)["a"].sum()) == 4
