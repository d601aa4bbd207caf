"""The baselines' masks, and methods written as text."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pruning
from pruning.masks import as_bool
from pruning.methods import method_names, parse_method
from workloads.inputs import InputError


def random_saliency(*shapes: tuple[int, int], levels: int = 7) -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(3)
    return {str(i): torch.randint(0, levels, s, generator=random).float() for i, s in enumerate(shapes)}


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 9), st.floats(0, 0.95))
def test_unstructured_keeps_the_highest_of_all_layers(m: int, k: int, levels: int, sparsity: float) -> None:
    saliency = random_saliency((m, k), (5, 8), levels=levels)
    masks = pruning.unstructured_masks(saliency, sparsity)
    flat = np.concatenate([s.numpy().ravel() for s in saliency.values()])
    count = int((1 - sparsity) * flat.size * (1 + 1e-12))
    expected = np.zeros(flat.size, bool)
    expected[np.argsort(-flat, kind="stable")[:count]] = True
    np.testing.assert_array_equal(np.concatenate([m.numpy().ravel() for m in masks.values()]), expected)


def test_block_alone_leaves_blocks_whole() -> None:
    saliency = random_saliency((40, 72), (16, 144))
    masks = as_bool(parse_method("block(block=8)").choose(saliency, 0.75, 0))
    for mask in masks.values():
        blocks = mask.reshape(mask.shape[0] // 8, 8, -1, 8).float().mean((1, 3))
        assert set(blocks.unique().tolist()) <= {0.0, 1.0}
        assert blocks.sum(1).unique().numel() == 1
    total = sum(m.numel() for m in masks.values())
    assert sum(int(m.sum()) for m in masks.values()) <= 0.25 * total


def test_nm_and_dense_follow_the_pattern_whatever_the_sparsity() -> None:
    saliency = random_saliency((8, 64))
    nm = as_bool(parse_method("nm(1:4)").choose(saliency, 0.1, 0))["0"]
    assert nm.reshape(8, 16, 4).sum(2).eq(1).all()
    assert as_bool(parse_method("dense").choose(saliency, 0.9, 0))["0"].all()


def test_two_of_four_by_magnitude_equals_torch_ao() -> None:
    from torch.ao.pruning import WeightNormSparsifier

    linear = torch.nn.Linear(64, 32, bias=False)
    sparsifier = WeightNormSparsifier(1.0, sparse_block_shape=(1, 4), zeros_per_block=2)
    sparsifier.prepare(torch.nn.Sequential(linear), [{"tensor_fqn": "0.weight"}])
    weight = linear.parametrizations.weight.original.detach()
    sparsifier.step()
    theirs = linear.parametrizations.weight[0].mask.bool()
    ours = as_bool(parse_method("nm(2:4)").choose({"0": weight.abs()}, 0.5, 0))["0"]
    assert torch.equal(ours, theirs)


def test_every_file_is_a_method() -> None:
    assert method_names() == ["block", "crisp", "dense", "nm", "unstructured"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("crips(2:4, block=16)", "did you mean 'crisp'"),
        ("crisp(2:4, blok=16)", "did you mean 'block'"),
        ("crisp(2:4)", "expected the argument 'block'"),
        ("crisp(4:2, block=16)", "expected 1 <= n_keep <= m_group"),
        ("crisp(2:4, block=16, score=median)", "score: expected one of sum, mean"),
        ("block(block=0)", "block: expected a whole number"),
        ("unstructured(density=0.1)", "expected a known argument"),
        ("nm[2:4]", "expected name or name"),
    ],
)
def test_wrong_text(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_method(text)


def test_unreachable_unstructured_sparsity() -> None:
    with pytest.raises(InputError, match="sparsity: expected at most"):
        parse_method("unstructured").choose(random_saliency((4, 4)), 0.9, always_kept=100)
