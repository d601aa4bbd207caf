"""A dry run: what each layer of a dense network would get, as rows for a table or for JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from pruning.files.checkpoint import CheckpointInfo, load_checkpoint
from pruning.masking.pruner import LayerReport, PruneConfig, Pruner, magnitude_saliency, prepare
from pruning.methods import MaskingMethod, NarrowingMethod, parse_method
from pruning.methods.shared.matrices import require_sparsity
from pruning.network.layers import weight_modules
from pruning.network.trace import trace_program
from pruning.run.by_channels import channel_rows, narrow, weights_gone
from pruning.run.config import require_no_mask_options
from workloads.exempt import DEFAULT_TEXT
from workloads.formats import parse_format
from workloads.inputs.values import whole_number
from workloads.layer import Layer
from workloads.masks import KeepMask


def describe_plan(
    checkpoint: Path | str,
    pattern: str,
    sparsity: float,
    image_size: int,
    exempt: str = DEFAULT_TEXT,
    leave: tuple[str, ...] = (),
) -> list[dict[str, Any]]:
    """What each layer of a dense network would get and why, by :func:`plan_basis`: no data is read.

    The last row is the whole network. ``m_dim`` and ``k_dim`` are those of the layer that is left: smaller
    ones where channels go. ``padded`` says how much of the last blocks (or groups) along m and k a layer
    fills where its sizes do not divide; ``macs`` are of all uses of a layer for one image, None of what is
    left out; ``stored_bits`` are int8 values and metadata in the format that suits the pattern.

    Raises:
        InputError: as :func:`pruning.masking.pruner.prepare` and a mask step, or as
            :func:`pruning.channel.prune.prune_channels`.
    """
    image_size = whole_number(image_size, "image-size", 1)
    require_sparsity(sparsity)  # patterns that ask for none would take any
    model, info = load_checkpoint(checkpoint)
    image = (_image_channels(model, info), image_size, image_size)
    method = parse_method(pattern)
    if isinstance(method, NarrowingMethod):
        require_no_mask_options(exempt, leave=leave)
        rows, gone = _channel_plan(model, method, pattern, sparsity, image)
    else:
        pruner = prepare(model, PruneConfig(pattern, image, exempt=exempt, leave=leave))
        rows, gone = _mask_plan(pruner, sparsity)
    summed = ("kept", "macs", "dense_macs", "stored_bits")
    sums = {name: sum(row[name] for row in rows if row[name] is not None) for name in summed}
    blank = dict.fromkeys(rows[0], "")
    return [*rows, {**blank, "layer": "all", "sparsity": round(gone, 6), **sums}]


def plan_basis(pattern: str) -> str:
    """What a dry run chooses by: it reads no data, so that scores which look at some give way to |weight|."""
    method = parse_method(pattern)
    if isinstance(method, NarrowingMethod):
        return f"channels by {method.without_data().score}"
    return "masks by magnitude"


def _image_channels(model: nn.Module, info: CheckpointInfo) -> int:
    """As the options say, or as the first convolution sees them: a user's network may have no such option."""
    convolutions = (m for m in weight_modules(model).values() if isinstance(m, nn.Conv2d))
    first = next(convolutions, None)
    return int(info.options.get("in_channels", 3 if first is None else first.in_channels))


def _mask_plan(pruner: Pruner, sparsity: float) -> tuple[list[dict[str, Any]], float]:
    """A row a layer, and the sparsity that results."""
    pruner.step(magnitude_saliency(pruner), sparsity)
    rows, reports = [], pruner.report()
    for layer, report in zip(pruner.layers, reports, strict=False):
        mask, dense = pruner.masks[layer.name], report.name in pruner.exempt
        stored = "dense" if dense else pruner.method.storage(layer.k_dim)
        padded = "" if dense else _padding(layer, pruner.method)
        rows.append(_plan_row(report, mask, pruner.program.macs(layer.name), stored, padded))
    for report in reports[len(rows) :]:  # what was left out: nobody counts how often it is multiplied
        row = _plan_row(report, KeepMask.ones(report.m_dim, report.k_dim), 0, "dense")
        rows.append({**row, "macs": None, "dense_macs": None})
    return rows, pruner.sparsity


def _channel_plan(
    model: nn.Module,
    method: NarrowingMethod,
    pattern: str,
    sparsity: float,
    image: tuple[int, int, int],
) -> tuple[list[dict[str, Any]], float]:
    """The same of a network that loses channels: all of what is left of a layer is kept."""
    before = trace_program(model, image)
    whole = {layer.name: layer for layer in before.layers}
    narrow(model, whole, method.without_data(), sparsity, image)
    after = trace_program(model, image)
    rows = []
    for layer, report in zip(after.layers, channel_rows(pattern, after.layers, whole), strict=True):
        mask = KeepMask.ones(layer.m_dim, layer.k_dim)
        row = _plan_row(report, mask, after.macs(layer.name), method.storage(layer.k_dim))
        rows.append({**row, "dense_macs": before.macs(layer.name)})
    return rows, weights_gone(model, whole)


def _plan_row(
    report: LayerReport, mask: KeepMask, dense_macs: int, storage: str, padded: str = ""
) -> dict[str, Any]:
    """A layer of those sizes; ``dense_macs`` are its MACs if it kept all."""
    stored = parse_format(storage)
    return {
        "layer": report.name,
        "gets": report.gets,
        "why": report.why,
        "m_dim": report.m_dim,
        "k_dim": report.k_dim,
        "padded": padded,
        "kept": mask.kept,
        "sparsity": round(1 - report.density, 6),
        "macs": mask.kept * (dense_macs // mask.weights),
        "dense_macs": dense_macs,
        "stored_bits": 8 * stored.value_count(mask) + stored.metadata_bits(mask),
    }


def _padding(layer: Layer, method: MaskingMethod) -> str:
    """How much of the last blocks, or groups along k, a layer fills; empty where all are full."""
    height = method.side if method.prunes_blocks else 1
    parts = (("m", layer.m_dim, height), ("k", layer.k_dim, method.side))
    return ", ".join(f"{name} {size % side} of {side}" for name, size, side in parts if size % side)
