"""How many weights may survive, in whole numbers: (1 - 0.9) x 1000 is 100, whatever floats make of it."""

import pytest
import torch

from pruning.methods import parse_method
from pruning.methods.shared.matrices import weight_budget

TOTAL = 10000  # in layers of 6000 and 4000


def test_the_budget_is_the_whole_number() -> None:
    for total in (100, 1000, 7000):
        for gone in range(total):
            assert weight_budget(total, gone / total) == total - gone


def test_a_budget_is_rounded_down() -> None:
    assert weight_budget(10, 0.55) == 4
    assert weight_budget(3, 0.001) == 2


@pytest.mark.parametrize(
    ("pattern", "unit"),
    [
        ("unstructured", 100),
        ("random", 100),
        ("block(block=10)", 100),  # a rank column of ten rows
        ("block(block=10, score=mean)", 100),
        ("block(block=10, score=relative)", 100),
        ("gs(banks=10)", 100),
    ],
)
def test_what_may_survive_survives(pattern: str, unit: int) -> None:
    """At every share that whole units make, as many weights stay as asked for, not one unit fewer."""
    random = torch.Generator().manual_seed(0)
    layers = {"a": torch.rand(10, 600, generator=random), "b": torch.rand(10, 400, generator=random)}
    method = parse_method(pattern)
    for units in range(2, TOTAL // unit):
        gone = 1 - units * unit / TOTAL
        for sparsity in (gone, round(gone, 3)):
            assert sum(mask.kept for mask in method.choose(layers, sparsity, 0).values()) == units * unit


@pytest.mark.parametrize(
    ("sparsity", "always_kept", "expected"),
    [
        (0.5, 0, (1 + 9 * 13 // 28, 1 + 19 * 13 // 28)),  # 15 may stay; one each, 13 for the other 28
        (0.5, 10, (1 + 9 * 8 // 28, 1 + 19 * 8 // 28)),  # 20 of 40 may, 10 do anyway
        (0.0, 0, (10, 20)),
        (0.9, 0, (1 + 9 * 1 // 28, 1 + 19 * 1 // 28)),
    ],
)
def test_the_share_of_each_layer_by_hand(
    sparsity: float, always_kept: int, expected: tuple[int, int]
) -> None:
    """Layers of 10 and 20 weights under unstructured(scope=layer): the highest of each."""
    layers = {"a": torch.arange(10.0)[None], "b": torch.arange(20.0).flip(0).reshape(2, 10)}
    masks = parse_method("unstructured(scope=layer)").choose(layers, sparsity, always_kept)
    of_a, of_b = (masks[name].to_dense().ravel().nonzero()[0].tolist() for name in "ab")
    assert of_a == list(range(10))[-expected[0] :]
    assert of_b == list(range(expected[1]))


def test_weights_that_stay_anyway_count_for_all_patterns() -> None:
    """100 of 200 may stay and 60 do anyway: 40 of the layer's 100."""
    layer = {"a": torch.rand(10, 100, generator=torch.Generator().manual_seed(0))[:, :10].contiguous()}
    for pattern in ("unstructured", "unstructured(scope=layer)", "random", "block(block=2)", "gs(banks=2)"):
        sparsity = 1 - (60 + 40) / 160
        assert parse_method(pattern).choose(layer, sparsity, 60)["a"].kept == 40
