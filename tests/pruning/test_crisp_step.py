"""The CRISP mask step against a slow and obvious implementation of its rules."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pruning
from workloads.inputs import InputError


def obvious_crisp(
    saliency: dict[str, np.ndarray], n_keep: int, m_group: int, block: int, sparsity: Fraction
) -> dict[str, np.ndarray]:
    masks = {name: obvious_nm(score, n_keep, m_group) for name, score in saliency.items()}
    columns = []  # (score, layer order, rank, name, blocks)
    for place, (name, score) in enumerate(saliency.items()):
        rows, ks = score.shape
        block_rows = []
        for top in range(0, rows, block):
            blocks = []
            for left in range(0, ks, block):
                here = (slice(top, top + block), slice(left, left + block))
                blocks.append((float((score[here].astype(np.float64) * masks[name][here]).sum()), left, here))
            block_rows.append(sorted(blocks, key=lambda item: item[:2]))
        for rank in range(len(block_rows[0]) - 1):
            chosen = [blocks[rank] for blocks in block_rows]
            columns.append((sum(b[0] for b in chosen), place, rank, name, [b[2] for b in chosen]))
    total = sum(score.size for score in saliency.values())
    for _, _, _, name, blocks in sorted(columns, key=lambda column: column[:3]):
        if sum(int(mask.sum()) for mask in masks.values()) <= (1 - sparsity) * total:
            break
        for here in blocks:
            masks[name][here] = False
    return masks


def obvious_nm(score: np.ndarray, n_keep: int, m_group: int) -> np.ndarray:
    mask = np.zeros(score.shape, bool)
    for row in range(score.shape[0]):
        for start in range(0, score.shape[1], m_group):
            group = range(start, min(start + m_group, score.shape[1]))
            best = sorted(group, key=lambda k: (-score[row, k], k))[:n_keep]
            mask[row, best] = True
    return mask


@st.composite
def random_layers(draw: st.DrawFn) -> dict[str, np.ndarray]:
    levels = draw(st.sampled_from([1, 2, 5, 10**6]))  # few levels make many ties
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shapes = draw(st.lists(st.tuples(st.integers(1, 21), st.integers(1, 37)), min_size=1, max_size=4))
    return {
        f"layer{i}": random.integers(0, levels, shape).astype(np.float32) for i, shape in enumerate(shapes)
    }


@given(
    random_layers(),
    st.sampled_from([(1, 4), (2, 4), (3, 4), (4, 4), (2, 6), (1, 16)]),
    st.sampled_from([1, 3, 4, 8, 16]),
    st.sampled_from([Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(7, 8)]),
)
def test_equals_the_obvious_implementation(
    saliency: dict[str, np.ndarray], ratio: tuple[int, int], block: int, sparsity: Fraction
) -> None:
    n_keep, m_group = ratio
    expected = obvious_crisp(saliency, n_keep, m_group, block, sparsity)
    tensors = {name: torch.from_numpy(score) for name, score in saliency.items()}
    total = sum(score.size for score in saliency.values())
    if sum(int(mask.sum()) for mask in expected.values()) > (1 - sparsity) * total:
        with pytest.raises(InputError, match="sparsity: expected at most"):
            pruning.crisp_masks(tensors, n_keep, m_group, block, float(sparsity))
        return
    found = pruning.crisp_masks(tensors, n_keep, m_group, block, float(sparsity))
    assert list(found) == list(expected)
    for name, mask in expected.items():
        assert found[name].dtype == torch.bool
        np.testing.assert_array_equal(found[name].numpy(), mask, err_msg=name)


def test_nm_alone_is_enough_and_no_block_goes() -> None:
    score = torch.rand(32, 64, generator=torch.Generator().manual_seed(0))
    mask = pruning.crisp_masks({"a": score}, 2, 4, 16, sparsity=0.3)["a"]
    assert mask.reshape(32, 16, 4).sum(2).eq(2).all()


def test_layers_keep_one_block_in_each_row_and_equally_many() -> None:
    random = torch.Generator().manual_seed(1)
    saliency = {str(i): torch.rand(48, 160, generator=random) * 10**i for i in range(3)}
    masks = pruning.crisp_masks(saliency, 2, 4, 16, sparsity=0.9)
    for mask in masks.values():
        living = mask.reshape(3, 16, 10, 16).any(3).any(1).sum(1)
        assert living.min() == living.max() >= 1
    assert sum(int(m.sum()) for m in masks.values()) <= 0.1 * 3 * 48 * 160 + 1e-6


def test_mean_scores_spare_layers_with_few_rows() -> None:
    random = torch.Generator().manual_seed(2)
    saliency = {
        "low": 3 * torch.rand(16, 256, generator=random),
        "high": torch.rand(256, 256, generator=random),
    }
    by_sum = pruning.crisp_masks(saliency, sparsity=0.8)
    by_mean = pruning.crisp_masks(saliency, sparsity=0.8, score="mean")
    assert by_mean["low"].sum() > by_sum["low"].sum()


def test_a_sparsity_that_is_exactly_reachable_is_reached() -> None:
    masks = pruning.crisp_masks({"a": torch.rand(10, 100)}, 1, 1, 10, sparsity=0.9)
    assert masks["a"].sum() == 100


@pytest.mark.parametrize(
    ("saliency", "options", "message"),
    [
        ({}, {}, "saliency: expected at least one layer"),
        ({"a": torch.full((4, 4), float("nan"))}, {}, "a: score: expected numbers, got NaN"),
        ({"a": torch.full((4, 4), float("inf"))}, {}, "a: score: expected finite numbers"),
        ({"a": torch.ones(4)}, {}, "a: score: expected a matrix"),
        ({"a": torch.ones(16, 16)}, {}, "sparsity: expected at most 0.5000"),
        ({"a": torch.ones(4, 4)}, {"sparsity": 1.0}, "sparsity: expected at least 0 and less than 1"),
        ({"a": torch.ones(4, 4)}, {"n_keep": 5}, "expected 1 <= n_keep <= m_group"),
        ({"a": torch.ones(4, 4)}, {"block": 0}, "block: expected a whole number"),
        ({"a": torch.ones(4, 4)}, {"score": "median"}, "score: expected one of sum, mean"),
    ],
)
def test_bad_input(saliency: dict[str, torch.Tensor], options: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        pruning.crisp_masks(saliency, **options)
