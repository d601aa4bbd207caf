"""What pruning costs beside training: ``python -m benchmarks.mask_step [REPEATS]``.

1. CPU time of one mask step on ResNet-50's weights: the hybrid step from given gradients (saliency product,
   layout, N:M, blocks, apply to the weights); 2:4 alone and blocks alone by magnitude, from the weights to
   masks in their layout, as torch.ao.pruning's steps do beside them, and Torch-Pruning's where installed.
2. What straight-through masks add to a training step.
3. What a stage (saliency, mask step, training through the masks) needs at its peak beyond training.

One thread; the best of a few repeats, after one that pays for compilation and first memory.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from torch import Tensor, nn
from torch.ao.pruning.sparsifier.weight_norm_sparsifier import WeightNormSparsifier
from torch.nn import functional

from benchmarks.bounds import Bounds, bounds
from benchmarks.timing import cpu_seconds
from pruning.masking.pruner import PruneConfig, magnitude_saliency, prepare
from pruning.methods import parse_masking
from pruning.methods.shared.matrices import as_bool
from pruning.methods.shared.rank_columns import crisp_masks
from pruning.models import build_model
from pruning.network.layers import weight_modules
from pruning.network.layout import from_gemm, to_gemm
from pruning.saliencies.shared.gradients import class_saliency
from workloads.console.script import Quick, run_script

NETWORK, QUICK_NETWORK = "resnet50", "resnet20"
REPEATS = 5
PATTERN = "crisp(2:4, block=16)"
MOST_HYBRID_S, MOST_NM_S, MOST_BLOCK_S = 1.0, 0.3, 0.2
MOST_OVERHEAD = 0.15
MOST_COPIES = 4.0
TRAINED = (  # network, options, images of a step, pixels a side
    ("resnet20", {"num_classes": 10, "in_channels": 1, "width": 32}, 64, 28),
    ("resnet50", {"num_classes": 10}, 16, 64),
)


def hybrid_step(weights: dict[str, Tensor], gradients: dict[str, Tensor]) -> None:
    """CRISP 2:4 with blocks of 16 at 90 %, from the gradients to masked weights."""
    saliency = {name: to_gemm(weight.abs() * gradients[name]) for name, weight in weights.items()}
    for name, keep in crisp_masks(saliency, 2, 4, 16, 0.9).items():
        weights[name] *= from_gemm(keep, weights[name].shape)


def magnitude_step(pattern: str, weights: dict[str, Tensor], keeps: dict[str, Tensor]) -> None:
    """Masks of ``pattern`` at 90 % by magnitude, from weights to ``keeps`` in their layout."""
    saliency = {name: to_gemm(weight).abs() for name, weight in weights.items()}
    for name, keep in as_bool(parse_masking(pattern).choose(saliency, 0.9, 0)).items():
        keeps[name].copy_(from_gemm(keep, keeps[name].shape))


def torch_sparsifier(weights: dict[str, Tensor], block: tuple[int, int], **options: Any) -> Any:
    """A prepared sparsifier of torch.ao.pruning.

    It takes matrices alone, so layers are linear; and whole groups alone, so k is rounded up to 4.
    """
    model = nn.Sequential()
    for weight in weights.values():
        m_dim, k_dim = to_gemm(weight).shape
        model.append(nn.Linear(-(-k_dim // 4) * 4, m_dim, bias=False))
    sparsifier = WeightNormSparsifier(sparse_block_shape=block, **options)
    sparsifier.prepare(model, [{"tensor_fqn": f"{index}.weight"} for index in range(len(model))])
    return sparsifier


def torch_pruning_seconds(repeats: int) -> float:
    """CPU seconds of Torch-Pruning's step, by which a ResNet-50 loses half of its channels for good."""
    from benchmarks.channel_prune import torch_pruning_pruner  # not where peak memory is measured

    seconds = []
    for _ in range(repeats):
        pruner = torch_pruning_pruner(build_model("resnet50"), torch.zeros(1, 3, 64, 64))
        start = time.process_time()
        pruner.step()
        seconds.append(time.process_time() - start)
    return min(seconds)


def mask_steps(bound: Bounds, network: str, repeats: int) -> None:
    """Print the time of each step beside its bound and its rival."""
    torch.manual_seed(0)
    dense = {name: module.weight.detach() for name, module in weight_modules(build_model(network)).items()}
    gradients = {name: torch.rand_like(weight) for name, weight in dense.items()}
    keeps = {name: torch.ones_like(weight, dtype=torch.bool) for name, weight in dense.items()}
    weights = {name: weight.clone() for name, weight in dense.items()}
    groups = torch_sparsifier(dense, (1, 4), sparsity_level=1.0, zeros_per_block=2)
    blocks = torch_sparsifier(dense, (16, 16), sparsity_level=0.9, zeros_per_block=256)
    count = sum(weight.numel() for weight in dense.values())
    print(f"mask step on {network}, {count / 1e6:.1f} M weights, one thread, CPU seconds:")
    for what, work, most in (
        ("CRISP 2:4 + blocks of 16, 90 %", lambda: hybrid_step(weights, gradients), MOST_HYBRID_S),
        ("2:4 by magnitude", lambda: magnitude_step("nm(2:4)", dense, keeps), MOST_NM_S),
        (
            "blocks of 16 by magnitude, 90 %",
            lambda: magnitude_step("block(block=16)", dense, keeps),
            MOST_BLOCK_S,
        ),
    ):
        bound.at_most(what, cpu_seconds(work, repeats)[0], most, "s")
    print(f"  torch.ao.pruning, 2:4:{'':<22}{cpu_seconds(groups.step, repeats)[0]:8.3f} s")
    print(f"  torch.ao.pruning, blocks of 16:{'':<13}{cpu_seconds(blocks.step, repeats)[0]:8.3f} s")
    if find_spec("torch_pruning") is None:
        print("  Torch-Pruning: not installed")
    elif not bound.quick:
        print(f"  Torch-Pruning, half the channels:{'':<11}{torch_pruning_seconds(2):8.3f} s")


def training(model: nn.Module, images: int, side: int) -> Callable[[], None]:
    """A step of gradient descent with momentum on random images."""
    channels = next(module for module in model.modules() if isinstance(module, nn.Conv2d)).in_channels
    batch, targets = torch.randn(images, channels, side, side), torch.arange(images) % 10
    optimizer = torch.optim.SGD(model.parameters(), 1e-3, momentum=0.9, nesterov=True)

    def step() -> None:
        optimizer.zero_grad()
        functional.cross_entropy(model(batch), targets).backward()
        optimizer.step()

    return step


def straight_through(bound: Bounds, repeats: int) -> None:
    """Print what masks add to a training step, dense and masked steps taken in turn."""
    print("training step, dense and through the masks of CRISP at 90 %, CPU seconds:")
    for name, options, images, side in TRAINED[: 1 if bound.quick else None]:
        torch.manual_seed(0)
        dense, masked = build_model(name, **options), build_model(name, **options)
        pruner = prepare(masked, PruneConfig(PATTERN, (options.get("in_channels", 3), side, side)))
        pruner.step(magnitude_saliency(pruner), 0.9)
        steps = [training(model.train(), images, side) for model in (dense, masked)]
        seconds: list[list[float]] = [[], []]
        for turn in range(2 * repeats + 1):
            for which in (0, 1) if turn % 2 else (1, 0):
                start = time.process_time()
                steps[which]()
                seconds[which].append(time.process_time() - start)
        plain, through = (min(each[1:]) for each in seconds)
        print(f"  {name}, {images} images of {side} x {side}: {plain:.3f} s, {through:.3f} s")
        added = 100 * (through / plain - 1)
        bound.at_most("straight-through masks add", added, 100 * MOST_OVERHEAD, "%")


def peak_bytes(network: str, masked: bool) -> int:
    """Peak memory of a process that trains ``network``, and of one that prunes it between two steps.

    Two small images, so that activations hide little.
    """
    torch.manual_seed(0)
    crisp_masks({"warm": torch.rand(64, 64)}, sparsity=0.6)  # compiled code counts in both
    model = build_model(network, num_classes=10)
    pruner = prepare(model, PruneConfig(PATTERN, (3, 64, 64))) if masked else None
    step = training(model.train(), 2, 64)
    step()
    if pruner is not None:
        for sparsity in (0.45, 0.9):
            with pruner.masks_lifted():
                saliency = class_saliency(
                    model, torch.randn(2, 3, 64, 64), torch.tensor([1, 2]), layers=pruner.prunable
                )
            pruner.step(saliency, sparsity)
            del saliency
            step()
    step()
    # Linux's own count: that of getrusage begins with the parent's.
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def memory(bound: Bounds, network: str) -> None:
    """Print the peak of a pruning process beyond that of a training one, in copies of the weights."""
    peaks = []
    for which in ("dense", "masked"):
        command = [sys.executable, "-m", "benchmarks.mask_step", "--peak", which, "--network", network]
        peaks.append(int(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    weights = 4 * sum(p.numel() for p in build_model(network, num_classes=10).parameters())
    dense, masked = (peak / 2**20 for peak in peaks)
    print(f"peak memory on {network}: training {dense:.0f} MiB, with pruning {masked:.0f} MiB")
    bound.at_most("copies of the weights beyond training", (peaks[1] - peaks[0]) / weights, MOST_COPIES)


def main(
    repeats: int = typer.Argument(REPEATS, help="Of each step; the best counts."),
    quick: Quick = False,
    network: Annotated[str, typer.Option(help="Whose weights are pruned.")] = NETWORK,
    peak: Annotated[
        str | None, typer.Option(hidden=True, help="Print the peak memory of this process alone.")
    ] = None,
) -> None:
    """Print all three parts."""
    torch.set_num_threads(1)
    if peak is not None:
        print(peak_bytes(network, peak == "masked"))
        return
    if quick:
        repeats, network = 1, QUICK_NETWORK
    with bounds(quick) as bound:
        mask_steps(bound, network, repeats)
        straight_through(bound, repeats)
        memory(bound, network)


if __name__ == "__main__":
    run_script(main)
