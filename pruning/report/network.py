"""What is in a pruned network: a row a layer, its sparsity, the N:M that it obeys, the classes it lost."""

from __future__ import annotations

from typing import Any

from workloads.artifact import PrunedNetwork
from workloads.inputs import InputError
from workloads.inputs.parts import parse_spec
from workloads.masks import KeepMask

_GROUP, _BLOCK = 4, 16  # looked at where the pattern names none


def describe_network(network: PrunedNetwork) -> list[dict[str, Any]]:
    """One row a layer of a pruned network, read off the masks and not off what the pruner says of them."""
    m_group, block = _sizes_of(network)
    rows = []
    for masked in network.layers:
        living = masked.mask.living_blocks(block, block).sum(axis=1)
        rows.append(
            {
                "layer": masked.layer.name,
                "m_dim": masked.layer.m_dim,
                "k_dim": masked.layer.k_dim,
                "density": round(masked.mask.density, 6),
                "obeys": f"{least_n_keep(masked.mask, m_group)}:{m_group}",
                "blocks_per_row": [int(living.min()), int(living.max())],
                # Outputs that nothing reaches: in a classifier, classes that are never told apart.
                "empty_rows": int((masked.mask.row_counts == 0).sum()),
                "block_columns": -(-masked.layer.k_dim // block),
                "activation_density": round(masked.activation_density, 6),
                "activation_samples": masked.activation_samples,
                "note": masked.note,
            }
        )
    return rows


def lost_classes(network: PrunedNetwork) -> list[str]:
    """Names of the user's classes whose outputs no weight of the last layer reaches any more.

    Saliency by gradients takes a class that the network is sure of for worthless, and a pattern that
    keeps nothing of every row may then take its whole row: such classes are not told apart.
    """
    last, run = network.layers[-1], network.provenance.get("run", {})
    names, labels = network.provenance.get("class_names", []), run.get("classes", [])
    rows = range(len(labels)) if run.get("head") == "classes" else labels
    counts = last.mask.row_counts
    if last.layer.kind != "linear" or any(row >= len(counts) for row in rows):
        return []
    return [name for name, row in zip(names, rows, strict=False) if not counts[row]]


def sparsity_of(network: PrunedNetwork) -> float:
    """Sparsity of all weights that the dense network had: one that lost channels has masks full of ones."""
    return float(network.provenance.get("sparsity", 1 - network.density))


def least_n_keep(mask: KeepMask, m_group: int) -> int:
    """The N:M that a mask obeys: the most weights that any group of ``m_group`` along k keeps."""
    return next(n_keep for n_keep in range(m_group + 1) if mask.obeys(n_keep, m_group))


def _sizes_of(network: PrunedNetwork) -> tuple[int, int]:
    run = network.provenance.get("run")
    pattern = run.get("pattern") if isinstance(run, dict) else None
    _, arguments = parse_spec(pattern, "pattern") if isinstance(pattern, str) else ("", {})
    try:
        m_group, block = int(arguments.get("m_group", _GROUP)), int(arguments.get("block", _BLOCK))
    except ValueError:
        raise InputError(f"{network.name}: pattern: expected whole numbers, got {pattern!r}") from None
    return max(1, m_group), max(1, block)
