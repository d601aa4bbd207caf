"""CPU time of one mask step on ResNet-50's weights: ``python benchmarks/mask_step.py [REPEATS]``.

The hybrid step from given gradients (saliency product, layout, N:M, blocks, apply to the weights),
beside torch.ao.pruning's 2:4 step on the same shapes. One thread; the best of a few repeats, after one
that pays for compilation and first memory.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.ao.pruning import WeightNormSparsifier

from pruning.layout import from_gemm, to_gemm
from pruning.masks import crisp_masks
from pruning.models import build_model
from pruning.trace import weight_modules

REPEATS = 3


def hybrid_step(weights: dict[str, Tensor], gradients: dict[str, Tensor]) -> None:
    """CRISP 2:4 with blocks of 16 at 90 %, from the gradients to masked weights."""
    saliency = {name: to_gemm(weight.abs() * gradients[name]) for name, weight in weights.items()}
    for name, keep in crisp_masks(saliency, 2, 4, 16, 0.9).items():
        weights[name] *= from_gemm(keep, weights[name].shape)


def torch_sparsifier(weights: dict[str, Tensor]) -> WeightNormSparsifier:
    """A prepared 2:4 sparsifier of torch.ao.pruning.

    It takes matrices alone, so layers are linear; and whole groups alone, so k is rounded up to 4.
    """
    model = nn.Sequential()
    for weight in weights.values():
        m_dim, k_dim = to_gemm(weight).shape
        model.append(nn.Linear(-(-k_dim // 4) * 4, m_dim, bias=False))
    sparsifier = WeightNormSparsifier(sparsity_level=1.0, sparse_block_shape=(1, 4), zeros_per_block=2)
    sparsifier.prepare(model, [{"tensor_fqn": f"{index}.weight"} for index in range(len(model))])
    return sparsifier


def best_seconds(work: Callable[[], object], repeats: int) -> float:
    """CPU seconds of the quickest of ``repeats`` calls, the first call not counted."""
    work()
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def main(repeats: int = REPEATS) -> None:
    """Print both times and their ratio."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = build_model("resnet50")
    dense = {name: module.weight.detach() for name, module in weight_modules(model).items()}
    gradients = {name: torch.rand_like(weight) for name, weight in dense.items()}
    count = sum(weight.numel() for weight in dense.values())
    weights = {name: weight.clone() for name, weight in dense.items()}

    ours = best_seconds(lambda: hybrid_step(weights, gradients), repeats)
    theirs = best_seconds(torch_sparsifier(dense).step, repeats)
    print(f"mask step on ResNet-50, {count / 1e6:.1f} M weights, one thread, CPU seconds:")
    print(f"  CRISP 2:4 + blocks of 16, 90 %: {ours:.3f}")
    print(f"  torch.ao.pruning 2:4 alone:     {theirs:.3f}  ({theirs / ours:.1f} x)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
