"""The mask step of CRISP in pure functions: N:M, alone or before rank columns of blocks over all layers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from torch import Tensor

from pruning.methods.shared.matrices import (
    Matrix,
    Saliency,
    as_bool,
    as_matrices,
    require_sparsity,
    require_sums,
    unreachable,
    weight_budget,
)
from workloads.inputs import InputError
from workloads.inputs.values import one_of, shown
from workloads.kernels.bits import count_blocks
from workloads.kernels.select import block_scores, clear_blocks, keep_nm
from workloads.masks import KeepMask
from workloads.patterns.shared.rules import require_block, require_nm

_SCORES = ("sum", "mean", "relative")


def crisp_masks(
    saliency: Saliency,
    n_keep: int = 2,
    m_group: int = 4,
    block: int = 16,
    sparsity: float = 0.9,
    score: str = "sum",
) -> dict[str, Tensor]:
    """The hybrid masks of CRISP, bool [m_dim, k_dim] a layer; :func:`keep_crisp` says how.

    Saliency may be any finite number, below zero too (movement is), as long as float64 holds the sum of
    a layer's magnitudes: the higher survives. Integers beyond 2^53 are rounded to float64. Masks lie on
    the saliency's device.

    Raises:
        InputError: impossible numbers, a block that cuts groups, no layer, no dense matrix, NaN or
            infinity, sums that overflow, or a sparsity out of reach.
    """
    return as_bool(keep_crisp(saliency, n_keep, m_group, block, sparsity, score), saliency)


def keep_crisp(
    saliency: Saliency,
    n_keep: int,
    m_group: int,
    block: int,
    sparsity: float,
    score: str = "sum",
    always_kept: int = 0,
) -> dict[str, KeepMask]:
    """N:M masks by saliency, then the lowest-scored rank columns of blocks removed over all layers.

    1. In each group of ``m_group`` along k the ``n_keep`` highest survive, ties to the lower index.
    2. A block's score sums what survives in it. In each block row the blocks stand in rising order
       of score, equal ones by index; the r-th of every block row form rank column r, whose score and
       size are the sums of theirs. Sums are float64: of a block row by row, each along k first; of a
       rank column from the first block row on.
    3. Rank columns vanish in the order of (score, layer, rank), never the last one of a layer, until
       the survivors are at most (1 - sparsity) x all weights. So every block row of a layer keeps the
       same number of blocks. Where N:M alone is sparse enough, no block goes.

    With ``n_keep == m_group`` this prunes by blocks alone.

    Args:
        score: ``sum`` scores a rank column as above; ``mean`` divides by its size, so that a layer
            with few rows does not go first because its columns are short; ``relative`` divides that
            by the mean magnitude of what survives of the layer, so that no layer goes first because its
            saliency is small throughout: each gives up its own least salient columns.
        always_kept: weights of layers that are not in ``saliency`` and count as survivors.
    """
    require_hybrid(n_keep, m_group, block)
    require_score(score)
    require_sparsity(sparsity)
    matrices = as_matrices(saliency)
    require_sums(matrices)
    words = {name: _nm_words(matrix, n_keep, m_group) for name, matrix in matrices.items()}
    ranked = [_rank_columns(matrices[name], words[name], block, score) for name in matrices]
    total = always_kept + sum(matrix.size for matrix in matrices.values())
    kept = always_kept + sum(int(sizes.sum()) for _, _, sizes in ranked)
    removed = _count_removed([(scores, sizes) for _, scores, sizes in ranked], kept, total, sparsity)
    masks = {}
    for (name, matrix), (order, _, _), gone in zip(matrices.items(), ranked, removed, strict=True):
        if gone:
            keep = np.ones(order.shape, np.bool_)
            np.put_along_axis(keep, order[:, :gone], False, axis=1)
            clear_blocks(words[name], matrix.shape[1], block, block, keep)
        masks[name] = KeepMask(words[name], matrix.shape[1])
    return masks


def keep_nm_alone(saliency: Saliency, n_keep: int, m_group: int) -> dict[str, KeepMask]:
    """N:M masks by saliency and nothing else: the sparsity follows from the pattern."""
    _require_whole(n_keep=n_keep, m_group=m_group)
    require_nm(n_keep, m_group)
    return {
        name: KeepMask(_nm_words(matrix, n_keep, m_group), matrix.shape[1])
        for name, matrix in as_matrices(saliency).items()
    }


def require_hybrid(n_keep: int, m_group: int, block: int) -> None:
    """Raise :class:`InputError` unless CRISP's N:M makes sense and no group lies in two blocks."""
    _require_whole(n_keep=n_keep, m_group=m_group, block=block)
    require_nm(n_keep, m_group)
    require_block(block)
    if block % m_group:
        raise InputError(f"pattern: block: expected a multiple of m_group={m_group}, got {block}")


def require_score(score: str) -> None:
    """Raise :class:`InputError` unless ``score`` names a way to score a rank column."""
    one_of(score, _SCORES, "score")


def _nm_words(matrix: Matrix, n_keep: int, m_group: int) -> npt.NDArray[np.uint64]:
    if n_keep == m_group:
        return KeepMask.ones(*matrix.shape).words.copy()
    words = KeepMask.blank(*matrix.shape)
    keep_nm(matrix, n_keep, m_group, words)
    return words


def _rank_columns(
    matrix: Matrix, words: npt.NDArray[np.uint64], block: int, score: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Blocks of each block row in rising order of score, and score and size of each rank column."""
    scores = block_scores(matrix, words, block, block)
    sizes = count_blocks(words, matrix.shape[1], block, block)
    order = np.argsort(scores, axis=1, kind="stable")
    column_scores = np.take_along_axis(scores, order, axis=1).sum(axis=0)
    column_sizes = np.take_along_axis(sizes, order, axis=1).sum(axis=0)
    if score != "sum":
        layer_mean = 1.0
        if score == "relative":
            # Of magnitudes: a mean with a sign may be near zero, or below it and turn the order round.
            magnitudes = block_scores(np.abs(matrix), words, block, block)
            layer_mean = np.take_along_axis(magnitudes, order, axis=1).sum(axis=0).sum()
            layer_mean /= max(1, column_sizes.sum())
        means = column_scores / np.maximum(column_sizes, 1) / (layer_mean or 1.0)
        # Ragged blocks make sizes differ, so that a mean may fall as the rank rises: keep ranks in order.
        column_scores = np.maximum.accumulate(means)
    return order, column_scores, column_sizes


def _count_removed(
    columns: list[tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]],
    kept: int,
    total: int,
    sparsity: float,
) -> npt.NDArray[np.int64]:
    """How many rank columns each layer loses, given score and size of all its columns."""
    budget = weight_budget(total, sparsity)
    layer = np.repeat(np.arange(len(columns)), [len(scores) - 1 for scores, _ in columns])
    score = np.concatenate([scores[:-1] for scores, _ in columns])
    size = np.concatenate([sizes[:-1] for _, sizes in columns])
    rank = np.concatenate([np.arange(len(scores) - 1) for scores, _ in columns])
    order = np.lexsort((rank, layer, score))
    left = kept - np.concatenate([[0], np.cumsum(size[order])])
    least = int(left[-1])
    if least > budget:
        raise unreachable(sparsity, least, total)
    enough = int(np.argmax(left <= budget))
    return np.bincount(layer[order[:enough]], minlength=len(columns))


def _require_whole(**numbers: object) -> None:
    """Raise :class:`InputError` unless all are whole: to a kernel 16.0 and True are of other types."""
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int | np.integer):
            raise InputError(f"pattern: {name}: expected a whole number, got {shown(number)}")
