"""Where scores are equal the order of the layers decides, then the order in a layer: by hand."""

import pytest
import torch

from pruning.methods import parse_method


def kept(pattern: str, sparsity: float, *shapes: tuple[int, int]) -> list[list[int]]:
    """Which weights survive of layers whose scores are all 1: flat indices by layer."""
    layers = {str(index): torch.ones(shape) for index, shape in enumerate(shapes)}
    masks = parse_method(pattern).choose(layers, sparsity, 0)
    return [mask.to_dense().ravel().nonzero()[0].tolist() for mask in masks.values()]


@pytest.mark.parametrize("score", ["sum", "mean", "relative"])
@pytest.mark.parametrize(
    ("removed", "left"), [(1, (3, 4, 4)), (3, (1, 4, 4)), (4, (1, 3, 4)), (7, (1, 1, 3)), (9, (1, 1, 1))]
)
def test_rank_columns_of_the_first_layer_go_first(score: str, removed: int, left: tuple[int, ...]) -> None:
    """Three layers of one block row with four blocks of 2 x 2: each gives all but its last, in turn."""
    found = kept(f"block(block=2, score={score})", removed / 12, *[(2, 8)] * 3)
    for weights, blocks in zip(found, left, strict=True):
        assert weights == [row * 8 + k for row in range(2) for k in range(8 - 2 * blocks, 8)]


def test_weights_of_the_first_layer_stay_first() -> None:
    assert kept("unstructured", 0.5, (1, 4), (2, 2), (1, 2)) == [[0, 1, 2, 3], [0], []]
    assert kept("unstructured(scope=layer)", 0.5, (1, 4), (2, 2)) == [[0, 1], [0, 1]]


def test_ties_are_counted_over_the_layers() -> None:
    """Four may stay: the 5 and the first three of the 3s, two of which lie in the first layer."""
    layers = {"a": torch.tensor([[3.0, 1, 3]]), "b": torch.tensor([[0.0, 3, 5, 3, 3]])}
    masks = parse_method("unstructured").choose(layers, 0.5, 0)
    assert masks["a"].to_dense().tolist() == [[True, False, True]]
    assert masks["b"].to_dense().tolist() == [[False, True, True, False, False]]


def test_groups_of_the_first_layer_and_its_first_row_stay_first() -> None:
    assert kept("gs(banks=2)", 0.5, (2, 4), (1, 4)) == [[0, 1, 2, 3], [0, 1]]
    assert kept("gs(banks=2)", 1 / 3, (2, 4), (1, 4)) == [[0, 1, 2, 3, 4, 5], [0, 1]]


def test_of_a_group_the_lower_index_stays() -> None:
    assert kept("nm(2:4)", 0.5, (1, 6)) == [[0, 1, 4, 5]]
    assert kept("nm(1:3)", 0.5, (1, 6)) == [[0, 3]]
