"""What ``score`` makes of rank columns: sum, mean and relative choose differently, by hand."""

import numpy as np
import pytest
import torch

from pruning.methods import parse_method


def blocks_left(pattern: str, layers: dict[str, list[list[float]]], sparsity: float) -> dict[str, list[int]]:
    """Of each layer how many 2-row blocks of two columns stay in each block row."""
    tensors = {name: torch.tensor(matrix) for name, matrix in layers.items()}
    masks = parse_method(pattern).choose(tensors, sparsity, 0)
    return {name: mask.living_blocks(2, 2).sum(1).tolist() for name, mask in masks.items()}


SHORT_AND_STRONG = {"short": [[3.0] * 4] * 2, "long": [[1.0] * 4] * 8}  # columns of 4 weights, and of 16
# A column of ``small`` holds 0.1 of a layer that is 1 throughout; one of ``large`` 4 of one of 4 and 36.
SMALL_AND_LARGE = {"small": [[0.1] * 4] * 2, "large": [[1.0, 1, 9, 9]] * 2}

LONG_FIRST = {"long": [[1.0] * 4] * 8, "short": [[3.0] * 4] * 2}
WIDE_FIRST = {"wide": [[2.0] * 8] * 2, "narrow": [[1.0] * 4] * 2}


@pytest.mark.parametrize("pattern", ["block(block=2, score={})", "crisp(1:1, block=2, score={})"])
@pytest.mark.parametrize(
    ("score", "layers", "sparsity", "expected"),
    [
        ("sum", SHORT_AND_STRONG, 4 / 40, {"short": [1], "long": [2] * 4}),  # 12 < 16
        ("mean", SHORT_AND_STRONG, 4 / 40, {"short": [2], "long": [1] * 4}),  # 3 > 1
        ("relative", SHORT_AND_STRONG, 4 / 40, {"short": [1], "long": [2] * 4}),  # both 1: the first
        ("sum", SMALL_AND_LARGE, 4 / 16, {"small": [1], "large": [2]}),  # 0.4 < 4
        ("mean", SMALL_AND_LARGE, 4 / 16, {"small": [1], "large": [2]}),  # 0.1 < 1
        ("relative", SMALL_AND_LARGE, 4 / 16, {"small": [2], "large": [1]}),  # 0.1 / 0.1 > 1 / 5
        ("relative", LONG_FIRST, 4 / 40, {"long": [1] * 4, "short": [2]}),  # both 1: the first
        ("relative", WIDE_FIRST, 4 / 24, {"wide": [3], "narrow": [2]}),
        ("mean", WIDE_FIRST, 4 / 24, {"wide": [4], "narrow": [1]}),
    ],
)
def test_each_score_by_hand(
    pattern: str,
    score: str,
    layers: dict[str, list[list[float]]],
    sparsity: float,
    expected: dict[str, list[int]],
) -> None:
    assert blocks_left(pattern.format(score), layers, sparsity) == expected


def test_a_short_column_of_high_mean_does_not_pass_the_one_before_it() -> None:
    """Rank 0 of ``a`` is its ragged block, sum 6 and mean 3; rank 1 has the sum 8 and the mean 2.

    Ranks go in order, so rank 1 counts as 3 too: ``b``, at 2.5, goes before both.
    """
    layers = {"a": [[2.0, 2, 5, 5, 3], [2, 2, 5, 5, 3]], "b": [[2.5, 2.5, 9, 9]] * 2}
    assert blocks_left("block(block=2, score=mean)", layers, 4 / 18) == {"a": [3], "b": [1]}
    assert blocks_left("block(block=2, score=mean)", layers, 6 / 18) == {"a": [2], "b": [1]}


def test_the_mean_is_over_what_survives_of_a_block() -> None:
    """Under 1:2 a column of ``a`` holds 2 survivors of 4, sum 6 and mean 3; one of ``b`` 2, sum 5."""
    layers = {"a": [[3.0, 1, 9, 1]] * 2, "b": [[2.5, 2.4, 9, 1]] * 2}
    for score in ("sum", "mean"):
        left = blocks_left(f"crisp(1:2, block=2, score={score})", layers, 1 - 6 / 16)
        assert left == {"a": [2], "b": [1]}


def test_a_layer_whose_scores_are_all_zero_has_relative_scores_too() -> None:
    layers = {"zero": torch.zeros(2, 4), "one": torch.ones(2, 4)}
    masks = parse_method("block(block=2, score=relative)").choose(layers, 0.25, 0)
    assert [int(np.sum(mask.to_dense())) for mask in masks.values()] == [4, 8]


def test_the_mean_of_a_single_weight_is_the_weight() -> None:
    """Blocks of one: a column of ``a`` is one weight of 3, one of ``b`` two of 2."""
    layers = {"a": torch.tensor([[3.0, 9]]), "b": torch.tensor([[2.0, 9], [2, 9]])}
    masks = parse_method("block(block=1, score=mean)").choose(layers, 2 / 6, 0)
    assert [mask.kept for mask in masks.values()] == [2, 2]
