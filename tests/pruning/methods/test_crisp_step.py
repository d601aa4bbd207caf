"""The CRISP mask step against a slow and obvious implementation of its rules."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pruning
from workloads.inputs import InputError

Matrix = list[list[float]]
Mask = list[list[bool]]
RATIOS = [(1, 4), (2, 4), (3, 4), (4, 4), (1, 8), (2, 8), (4, 8), (2, 6), (1, 16), (1, 1)]


def obvious_crisp(
    saliency: dict[str, Matrix], n_keep: int, m_group: int, block: int, sparsity: Fraction
) -> dict[str, Mask]:
    """Weight by weight, in plain Python."""
    masks = {name: obvious_nm(matrix, n_keep, m_group) for name, matrix in saliency.items()}
    columns = []  # (score, layer order, rank, name, left edge of the block in each block row)
    for place, (name, matrix) in enumerate(saliency.items()):
        block_rows = []  # of each block row its blocks (score, left edge), lowest first
        for top in range(0, len(matrix), block):
            blocks = []
            for left in range(0, len(matrix[0]), block):
                score = 0.0
                for row in range(top, min(top + block, len(matrix))):
                    of_row = 0.0
                    for k in range(left, min(left + block, len(matrix[0]))):
                        if masks[name][row][k]:
                            of_row += matrix[row][k]
                    score += of_row
                blocks.append((score, left))
            block_rows.append(sorted(blocks))
        for rank in range(len(block_rows[0]) - 1):  # the last rank column stays
            score = 0.0
            for blocks in block_rows:
                score += blocks[rank][0]
            columns.append((score, place, rank, name, [blocks[rank][1] for blocks in block_rows]))
    weights = sum(len(matrix) * len(matrix[0]) for matrix in saliency.values())
    for _, _, _, name, lefts in sorted(columns):
        if survivors(masks) <= (1 - sparsity) * weights:
            break
        for block_row, left in enumerate(lefts):
            for row in masks[name][block_row * block : (block_row + 1) * block]:
                for k in range(left, min(left + block, len(row))):
                    row[k] = False
    return masks


def obvious_nm(matrix: Matrix, n_keep: int, m_group: int) -> Mask:
    mask = [[False] * len(row) for row in matrix]
    for i, row in enumerate(matrix):
        for start in range(0, len(row), m_group):
            group = range(start, min(start + m_group, len(row)))
            for k in sorted(group, key=lambda k: (-row[k], k))[:n_keep]:
                mask[i][k] = True
    return mask


def survivors(masks: dict[str, Mask]) -> int:
    return sum(kept for mask in masks.values() for row in mask for kept in row)


@st.composite
def random_layers(draw: st.DrawFn) -> dict[str, torch.Tensor]:
    """Layers of shapes that divide by nothing; few levels make many ties, no levels none."""
    levels = draw(st.sampled_from([1, 2, 5, 10**6, None]))
    lowest = draw(st.sampled_from([0, -2]))  # a signed saliency is as good as any
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shapes = draw(st.lists(st.tuples(st.integers(1, 21), st.integers(1, 37)), min_size=1, max_size=4))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    layers = {}
    for index, shape in enumerate(shapes):
        if levels is None:
            values = random.normal(size=shape) * 10.0 ** random.integers(-6, 6, shape)
        else:
            values = random.integers(lowest, lowest + levels, shape)
        layers[f"layer{index}"] = torch.from_numpy(values.astype(dtype))
    return layers


@given(
    random_layers(),
    st.sampled_from(RATIOS),
    st.integers(1, 4),
    st.sampled_from([Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(7, 8)]),
)
def test_equals_the_obvious_implementation(
    saliency: dict[str, torch.Tensor], ratio: tuple[int, int], groups: int, sparsity: Fraction
) -> None:
    n_keep, m_group = ratio
    block = groups * m_group
    lists = {name: matrix.tolist() for name, matrix in saliency.items()}
    expected = obvious_crisp(lists, n_keep, m_group, block, sparsity)
    if survivors(expected) > (1 - sparsity) * sum(matrix.numel() for matrix in saliency.values()):
        with pytest.raises(InputError, match="sparsity: expected at most"):
            pruning.crisp_masks(saliency, n_keep, m_group, block, float(sparsity))
        return
    before = {name: matrix.clone() for name, matrix in saliency.items()}
    found = pruning.crisp_masks(saliency, n_keep, m_group, block, float(sparsity))
    assert list(found) == list(expected)
    for name, mask in expected.items():
        assert found[name].dtype == torch.bool
        assert found[name].tolist() == mask, name
        assert torch.equal(saliency[name], before[name])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.int64])
def test_other_number_types_are_taken_as_they_are(dtype: torch.dtype) -> None:
    score = torch.randint(0, 9, (20, 40), generator=torch.Generator().manual_seed(0))
    found = pruning.crisp_masks({"a": score.to(dtype)}, sparsity=0.6)["a"]
    assert torch.equal(found, pruning.crisp_masks({"a": score.double()}, sparsity=0.6)["a"])


def test_a_view_with_any_strides_is_taken_as_it_reads() -> None:
    score = torch.rand(48, 32, generator=torch.Generator().manual_seed(0))
    found = pruning.crisp_masks({"a": score.T}, sparsity=0.6)["a"]
    assert torch.equal(found, pruning.crisp_masks({"a": score.T.contiguous()}, sparsity=0.6)["a"])


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


def test_relative_scores_of_layers_below_zero_go_lowest_first() -> None:
    """Divided by a mean below zero the order would turn round, and all columns would then be equal."""
    random = torch.Generator().manual_seed(3)
    saliency = {str(i): torch.randn(32, 128, generator=random).double() - 0.8 * i for i in range(4)}
    found = pruning.crisp_masks(saliency, 1, 1, 8, sparsity=0.5, score="relative")
    columns = []  # (score, layer, rank) of all but the last of each layer, whose blocks are all of one size
    for name, matrix in saliency.items():
        blocks = matrix.reshape(4, 8, 16, 8).sum((1, 3)).sort(dim=1).values.sum(0)
        columns += [(float(blocks[rank] / matrix.abs().mean()), name, rank) for rank in range(15)]
    gone = [name for _, name, _ in sorted(columns)[:32]]
    for name, mask in found.items():
        living = mask.reshape(4, 8, 16, 8).any(3).any(1).sum(1)
        assert living.tolist() == [16 - gone.count(name)] * 4
    assert len({gone.count(name) for name in saliency}) > 1


def test_numbers_whose_sum_overflows_are_compared_where_nothing_is_summed() -> None:
    score = torch.rand(8, 16, generator=torch.Generator().manual_seed(0)).double()
    huge = {"a": score * 1e308}
    assert torch.equal(
        pruning.unstructured_masks(huge, 0.5)["a"], pruning.unstructured_masks({"a": score}, 0.5)["a"]
    )
    with pytest.raises(InputError, match="a: score: expected numbers that can be summed, got sums that over"):
        pruning.crisp_masks(huge, block=4, sparsity=0.6)


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
        ({"a": torch.tensor([[1, float("-inf")]])}, {}, "a: score: expected finite numbers"),
        ({"a": torch.ones(0, 4)}, {}, "a: score: expected a matrix"),
        (
            {"a": torch.ones(4, 4, dtype=torch.complex64)},
            {},
            "expected a float tensor, got torch.complex64",
        ),
        ({"a": np.ones((4, 4))}, {}, "a: score: expected a float tensor, got ndarray"),
        ({"a": torch.ones(4, 4)}, {"sparsity": 1.0}, "sparsity: expected at least 0 and less than 1, got 1"),
        ({"a": torch.ones(4, 4)}, {"sparsity": -0.1}, "sparsity: expected at least 0 and less than 1"),
        ({"a": torch.ones(4, 4)}, {"sparsity": float("nan")}, "sparsity: expected at least 0"),
        ({"a": torch.ones(4, 4)}, {"n_keep": 0}, "expected 1 <= n_keep <= m_group, got 0:4"),
        ({"a": torch.ones(4, 4)}, {"block": 6}, "block: expected a multiple of m_group=4, got 6"),
        ({"a": torch.ones(4, 4)}, {"n_keep": 5}, "expected 1 <= n_keep <= m_group"),
        ({"a": torch.ones(4, 4)}, {"block": 0}, "block: expected a whole number"),
        ({"a": torch.ones(4, 4)}, {"score": "median"}, "score: expected one of sum, mean"),
        ({"a": torch.ones(4, 4)}, {"block": 16.0}, "block: expected a whole number, got 16.0"),
        ({"a": torch.ones(4, 4)}, {"m_group": 4.0}, "m_group: expected a whole number, got 4.0"),
        (
            {"a": torch.ones(4, 4)},
            {"n_keep": 1, "m_group": 1, "block": True},
            "block: expected a whole number, got True",
        ),
        ({"a": torch.ones(4, 4).to_sparse()}, {}, "a: score: expected a dense tensor, got torch.sparse_coo"),
        ({"a": torch.ones(4, 4, device="meta")}, {}, "a: score: expected a dense tensor, got one without"),
        ({"a": torch.tensor([[1e308, 1e308], [-1e308, -1e308]]).double()}, {}, "a: score: expected finite"),
        (
            {"a": torch.tensor([[1e308, 1e308], [-1e308, -1e308]], dtype=torch.float64)},
            {},
            "a: score: expected numbers that can be summed",
        ),
    ],
)
def test_bad_input(saliency: dict[str, torch.Tensor], options: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        pruning.crisp_masks(saliency, **options)
