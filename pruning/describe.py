"""What is in a pruned network, or would be in one, as rows for a table or for JSON."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from pruning.checkpoint import load_checkpoint
from pruning.pruner import PruneConfig, magnitude_saliency, prepare
from workloads.artifact import PrunedNetwork
from workloads.inputs import InputError
from workloads.inputs.parts import parse_spec
from workloads.masks import KeepMask

_GROUP, _BLOCK = 4, 16  # looked at where the pattern names none


def describe_network(network: PrunedNetwork) -> list[dict[str, Any]]:
    """One row a layer, read off the masks and not off what the pruner says of them."""
    m_group, block = _sizes_of(network)
    rows = []
    for item in network.layers:
        living = item.mask.living_blocks(block, block).sum(axis=1)
        rows.append(
            {
                "layer": item.layer.name,
                "m_dim": item.layer.m_dim,
                "k_dim": item.layer.k_dim,
                "density": round(item.mask.density, 6),
                "obeys": f"{least_n_keep(item.mask, m_group)}:{m_group}",
                "blocks_per_row": [int(living.min()), int(living.max())],
                "block_columns": -(-item.layer.k_dim // block),
                "activation_density": round(item.activation_density, 6),
                "activation_samples": item.activation_samples,
                "note": item.note,
            }
        )
    return rows


def least_n_keep(mask: KeepMask, m_group: int) -> int:
    """The most weights that any group of ``m_group`` along k keeps."""
    return next(n_keep for n_keep in range(m_group + 1) if mask.obeys(n_keep, m_group))


def describe_plan(checkpoint: Path, pattern: str, sparsity: float, image_size: int) -> list[dict[str, Any]]:
    """What each layer of a dense network would get and why: masks by |weight|, since no data is read.

    Raises:
        InputError: as :func:`pruning.pruner.prepare` and a mask step.
    """
    if image_size < 1:
        raise InputError(f"image-size: expected a whole number of at least 1, got {image_size}")
    model, info = load_checkpoint(checkpoint)
    image = (int(info.options.get("in_channels", 3)), image_size, image_size)
    pruner = prepare(model, PruneConfig(pattern, image))
    pruner.step(magnitude_saliency(pruner), sparsity)
    return [{**asdict(row), "density": round(row.density, 6)} for row in pruner.report()]


def _sizes_of(network: PrunedNetwork) -> tuple[int, int]:
    run = network.provenance.get("run")
    pattern = run.get("pattern") if isinstance(run, dict) else None
    _, arguments = parse_spec(pattern, "pattern") if isinstance(pattern, str) else ("", {})
    try:
        m_group, block = int(arguments.get("m_group", _GROUP)), int(arguments.get("block", _BLOCK))
    except ValueError:
        raise InputError(f"{network.name}: pattern: expected whole numbers, got {pattern!r}") from None
    return max(1, m_group), max(1, block)
