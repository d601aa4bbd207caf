"""Channel pruning beside Torch-Pruning: ``python -m benchmarks.channel_prune [NETWORK ...]``.

Every network at 224 x 224 (small ones at 32 x 32) loses channels by magnitude: Torch-Pruning a half of
them in each layer, ours until as many parameters are left. Printed for both: CPU seconds of one thread,
parameters, MACs, cycles on ``tpu_v1_like``, and whether the network still runs. Without Torch-Pruning
(``pip install torch-pruning==1.6.1``) ours leaves a quarter of the parameters.
"""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import Annotated, Any

import torch
import typer
from torch import nn

from accel_sim import load_machine, simulate
from pruning.channel import prune_channels
from pruning.models import build_model, model_names
from pruning.network.trace import trace_layers
from workloads.console.script import Quick, run_script
from workloads.masks import KeepMask
from workloads.workload import MaskedLayer, Workload

MACHINE = "tpu_v1_like"
SIDES = {"resnet20": 32, "resnet32": 32, "resnet56": 32}
QUICK = ["resnet20"]


def cost(model: nn.Module, side: int) -> tuple[int, int, int]:
    """Parameters, MACs and cycles of one image."""
    layers = trace_layers(model, (3, side, side))
    items = tuple(MaskedLayer(layer, KeepMask.ones(layer.m_dim, layer.k_dim)) for layer in layers)
    cycles = simulate(Workload("narrow", items, "channel"), load_machine(MACHINE)).cycles
    return sum(p.numel() for p in model.parameters()), sum(layer.macs for layer in layers), cycles


def torch_pruning_pruner(model: nn.Module, example: torch.Tensor) -> Any:
    """Torch-Pruning's own recipe, to step: half of the channels of each layer, the classifier aside."""
    import torch_pruning as tp  # type: ignore[import-not-found]

    last = [m for m in model.modules() if isinstance(m, nn.Linear)][-1]
    return tp.pruner.MagnitudePruner(
        model,
        example,
        importance=tp.importance.MagnitudeImportance(p=1),
        pruning_ratio=0.5,
        ignored_layers=[last],
    )


def _line(what: str, seconds: float, found: tuple[int, int, int], whole: tuple[int, int, int]) -> None:
    parts = (f"{value:>14,} ({value / of:5.1%})" for value, of in zip(found, whole, strict=True))
    print(f"  {what:<14} {seconds:7.2f} s {' '.join(parts)}")


def main(
    networks: Annotated[list[str] | None, typer.Argument(help="All that are built in if not given.")] = None,
    quick: Quick = False,
) -> None:
    """Print the table; a network that no longer runs ends it with an error. Quick: one small network."""
    names = QUICK if quick else networks or model_names()
    torch.set_num_threads(1)
    print(f"{'':<16} {'CPU':>9} {'parameters':>22} {'MACs':>22} {'cycles on ' + MACHINE:>22}")
    for name in names:
        side = SIDES.get(name, 224)
        example = torch.zeros(1, 3, side, side)
        torch.manual_seed(0)
        model = build_model(name)
        whole = cost(model, side)
        print(name)
        _line("whole", 0.0, whole, whole)
        density = 0.25
        if find_spec("torch_pruning") is not None:
            peer = build_model(name)
            start = time.process_time()
            torch_pruning_pruner(peer, example).step()
            seconds = time.process_time() - start
            left = cost(peer, side)
            _line("Torch-Pruning", seconds, left, whole)
            density = left[0] / whole[0]
        start = time.process_time()
        prune_channels(model, example, density, score="l1", scope="uniform")
        seconds = time.process_time() - start
        _line("ours", seconds, cost(model, side), whole)


if __name__ == "__main__":
    run_script(main)
