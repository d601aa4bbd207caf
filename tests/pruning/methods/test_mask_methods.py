"""The baselines' masks, and methods written as text."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pruning
from pruning.methods import method_names, parse_method
from pruning.methods.shared.matrices import as_bool
from workloads.inputs import InputError
from workloads.patterns import parse_pattern


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


RATIOS = [(n, m) for m, ns in {4: (1, 2, 3), 8: (1, 2, 4), 6: (2,), 16: (1,)}.items() for n in ns]
SHAPES = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 70)), min_size=1, max_size=3)


@pytest.mark.parametrize(("n_keep", "m_group"), RATIOS)
@given(SHAPES, st.integers(1, 5))
def test_nm_of_every_ratio(n_keep: int, m_group: int, shapes: list[tuple[int, int]], levels: int) -> None:
    saliency = random_saliency(*shapes, levels=levels)
    for name, mask in parse_method(f"nm({n_keep}:{m_group})").choose(saliency, 0.5, 0).items():
        assert mask.obeys(n_keep, m_group)
        groups = range(0, mask.k_dim, m_group)
        per_row = sum(min(n_keep, mask.k_dim - start) for start in groups)
        assert mask.row_counts.tolist() == [per_row] * len(saliency[name])


@pytest.mark.parametrize(("n_keep", "m_group"), RATIOS)
@given(SHAPES, st.integers(1, 4), st.integers(1, 5), st.floats(0, 0.95))
def test_crisp_of_every_ratio_and_block(
    n_keep: int, m_group: int, shapes: list[tuple[int, int]], groups: int, levels: int, share: float
) -> None:
    saliency, block = random_saliency(*shapes, levels=levels), groups * m_group
    alone = parse_method(f"nm({n_keep}:{m_group})").choose(saliency, 0.5, 0)
    total, kept = sum(s.numel() for s in saliency.values()), sum(m.kept for m in alone.values())
    sparsity = 1 - kept / total * (1 - share)
    method = parse_method(f"crisp({n_keep}:{m_group}, block={block})")
    try:
        masks = method.choose(saliency, sparsity, 0)
    except InputError:  # as it should: one block of every block row is more
        with pytest.raises(InputError, match="sparsity: expected at most"):
            method.choose(saliency, sparsity, 0)
        return
    assert sum(mask.kept for mask in masks.values()) <= (1 - sparsity) * total + 1e-6
    for name, mask in masks.items():
        living = mask.living_blocks(block, block)
        assert living.sum(1).min() == living.sum(1).max() >= 1
        alive = np.kron(living, np.ones((block, block), bool))[: mask.m_dim, : mask.k_dim]
        assert np.array_equal(mask.to_dense(), alone[name].to_dense() & alive)


@given(SHAPES, st.sampled_from([1, 2, 5, 8, 16]), st.integers(1, 6), st.floats(0, 0.95), st.integers(0, 50))
def test_gs_keeps_the_highest_groups_of_all_layers(
    shapes: list[tuple[int, int]], banks: int, levels: int, sparsity: float, always_kept: int
) -> None:
    saliency = random_saliency(*shapes, levels=levels)
    total = always_kept + sum(score.numel() for score in saliency.values())
    groups = []  # (sum, layer, row, place in its row, weights), of each bank the next best
    for layer, score in saliency.items():
        for i, row in enumerate(score.tolist()):
            in_bank = [sorted(range(b, len(row), banks), key=lambda k: (-row[k], k)) for b in range(banks)]
            for j in range(-(-len(row) // banks)):
                group = [ks[j] for ks in in_bank if j < len(ks)]
                groups.append((-sum(row[k] for k in group), layer, i, j, group))
    groups.sort()
    first = [next(g for g in groups if g[1] == layer) for layer in saliency]  # stays in any case
    kept, expected = always_kept, {layer: np.zeros(score.shape, bool) for layer, score in saliency.items()}
    for _, layer, i, _, group in first + [g for g in groups if g not in first]:
        kept += len(group)
        if kept > (1 - sparsity) * total * (1 + 1e-12):
            break
        expected[layer][i, group] = True
    method = parse_method(f"gs(banks={banks})")
    if not all(mask.any() for mask in expected.values()):
        with pytest.raises(InputError, match="sparsity: expected at most"):
            method.choose(saliency, sparsity, always_kept)
        return
    for layer, mask in method.choose(saliency, sparsity, always_kept).items():
        assert np.array_equal(mask.to_dense(), expected[layer])
        assert parse_pattern(f"gs(density=0.5, banks={banks})").check(mask) is None


@given(SHAPES, st.integers(1, 6), st.floats(0, 0.95))
def test_unstructured_per_layer_keeps_the_same_share_of_each(
    shapes: list[tuple[int, int]], levels: int, sparsity: float
) -> None:
    saliency = random_saliency(*shapes, (20, 20), levels=levels)
    masks = parse_method("unstructured(scope=layer)").choose(saliency, sparsity, 0)
    for name, mask in masks.items():
        score = saliency[name].numpy().ravel()
        assert mask.kept >= 1
        assert abs(mask.kept - (1 - sparsity) * score.size) < len(masks) + 2
        highest = np.zeros(score.size, bool)
        highest[np.argsort(-score, kind="stable")[: mask.kept]] = True
        assert np.array_equal(mask.to_dense().ravel(), highest)
    total = sum(s.numel() for s in saliency.values())
    assert -1e-6 < (1 - sparsity) * total - sum(m.kept for m in masks.values()) < len(masks) + 1


def test_random_looks_at_shapes_alone_and_nests() -> None:
    saliency, others = random_saliency((30, 50), (7, 9)), random_saliency((30, 50), (7, 9), levels=2)
    method = parse_method("random(seed=4)")
    some, few = method.choose(saliency, 0.5, 0), method.choose(others, 0.9, 0)
    assert method.choose(others, 0.5, 0) == some
    assert parse_method("random").choose(saliency, 0.5, 0) != some
    assert sum(mask.kept for mask in few.values()) == int(0.1 * 1563)
    for name, mask in few.items():
        assert not (mask.to_dense() & ~some[name].to_dense()).any()


def test_every_file_is_a_method() -> None:
    assert {"block", "channel", "crisp", "dense", "gs", "nm", "random", "unstructured"} <= {*method_names()}
    assert not {"contract", "shared"} & {*method_names()}


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
        ("unstructured(scope=row)", "scope: expected one of global, layer, got 'row'"),
        ("crisp(2:6, block=16)", "block: expected a multiple of m_group=6, got 16"),
        ("gs(banks=0)", "banks: expected a whole number from 1 to"),
        ("random(seed=-1)", "seed: expected a whole number from 0"),
        ("nm[2:4]", "expected name or name"),
    ],
)
def test_wrong_text(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_method(text)


def test_methods_that_sum_refuse_sums_that_overflow() -> None:
    huge = {"a": torch.full((4, 8), 1e308, dtype=torch.float64)}
    for text in ("crisp(2:4, block=4)", "block(block=4)", "gs(banks=4)"):
        with pytest.raises(InputError, match="a: score: expected numbers that can be summed"):
            parse_method(text).choose(huge, 0.5, 0)
    assert parse_method("nm(2:4)").choose(huge, 0.5, 0)["a"].obeys(2, 4)


@pytest.mark.parametrize("pattern", ["unstructured", "unstructured(scope=layer)", "random", "gs(banks=4)"])
def test_a_sparsity_out_of_reach(pattern: str) -> None:
    with pytest.raises(InputError, match="sparsity: expected at most"):
        parse_method(pattern).choose(random_saliency((4, 4)), 0.9, always_kept=100)
