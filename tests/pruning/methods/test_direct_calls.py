"""The mask step called directly: what a method's text would not let through, and what it would add."""

import pytest
import torch

import pruning
from pruning.methods.shared.rank_columns import keep_crisp, keep_nm_alone
from pruning.methods.shared.weight_by_weight import keep_unstructured, keep_unstructured_per_layer
from pruning.saliencies.shared.gradients import class_saliency
from workloads.inputs import InputError

ONES = {"a": torch.ones(4, 8)}


@pytest.mark.parametrize("wrong", [2.0, True, "2", None])
def test_numbers_that_are_not_whole(wrong: object) -> None:
    for numbers in ((wrong, 4), (2, wrong)):
        with pytest.raises(InputError, match=r"pattern: (n_keep|m_group): expected a whole number, got"):
            keep_nm_alone(ONES, *numbers)  # type: ignore[arg-type]
        with pytest.raises(InputError, match=r"pattern: (n_keep|m_group): expected a whole number, got"):
            keep_crisp(ONES, *numbers, 4, 0.5)  # type: ignore[arg-type]


def test_integers_that_float32_does_not_hold_are_told_apart() -> None:
    """2^24 and 2^24 + 1 are one float32; 2^53 is where float64 ends."""
    for base in (2**24, 2**52):
        score = {"a": torch.tensor([[base, base + 1, base + 3, base + 2]])}
        assert pruning.crisp_masks(score, 1, 2, 2, 0.5)["a"].tolist() == [[False, True, True, False]]
        assert pruning.unstructured_masks(score, 0.5)["a"].tolist() == [[False, False, True, True]]


@pytest.mark.parametrize("keep", [keep_unstructured, keep_unstructured_per_layer])
def test_no_layer_is_exempt_unless_said(keep: type) -> None:
    """Of 32 weights 16 may stay; where two stay anyway, half of 34 less those two."""
    assert keep(ONES, 0.5)["a"].kept == keep(ONES, 0.5, 0)["a"].kept == 16
    assert keep(ONES, 0.5, 2)["a"].kept == 15
    assert keep_crisp(ONES, 1, 1, 4, 0.5)["a"].kept == 16


def test_a_layer_of_one_weight_keeps_it() -> None:
    """Nothing is left to share out: the share of no other weight is no division by zero."""
    assert keep_unstructured_per_layer({"a": torch.ones(1, 1)}, 0.0)["a"].kept == 1


def test_classes_are_joined_by_mean_or_maximum() -> None:
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(1, 2))
    with pytest.raises(InputError, match="over_classes: expected one of mean, max, got 'sum'"):
        class_saliency(model, torch.ones(1, 1, 1, 1), torch.tensor([0]), over_classes="sum")


def test_the_highest_of_three_classes() -> None:
    """Of each weight the mean over the samples of the class that needs it most."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 3))
    images, labels = torch.randn(6, 4, 1, 1), torch.tensor([0, 1, 2, 2, 1, 2])
    alone = [
        class_saliency(model, images[labels == label], labels[labels == label], (0, 1, 2))["1"]
        for label in range(3)
    ]
    found = class_saliency(model, images, labels, (0, 1, 2), over_classes="max")["1"]
    torch.testing.assert_close(found, torch.stack(alone).amax(0))
