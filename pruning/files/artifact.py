"""A pruned model as the artifact that the simulator reads, weights quantised or not, and back into a model.

Deterministic: the same model and data give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from pruning.files.fit import misfit
from pruning.network.activations import measure_activations
from pruning.network.layers import module_name, weight_modules
from pruning.network.layout import from_gemm, to_gemm
from pruning.network.trace import trace_program
from workloads.artifact import PrunedLayer, PrunedNetwork
from workloads.inputs import InputError
from workloads.inputs.values import instance
from workloads.layer import Layer
from workloads.masks import KeepMask

_INT8_MAX = 127


def export_network(
    name: str,
    model: nn.Module,
    layers: tuple[Layer, ...],
    masks: Mapping[str, KeepMask],
    images: Tensor,
    *,
    notes: Mapping[str, str] | None = None,
    provenance: Mapping[str, Any] | None = None,
    values: str = "int8",
    activation_samples: int = 2,
    leave: Iterable[str] = (),
) -> PrunedNetwork:
    """The surviving weights of a squashed ``model`` with all that the simulator needs to know.

    A layer that runs more than once is there as often, as :func:`~pruning.network.trace.trace_program` names
    its uses: each costs what it costs.

    Args:
        layers: geometry in running order, names as in ``model``.
        masks: which weights survive; a survivor may be zero.
        images: the user's images, on which the densities of each layer's inputs are measured.
        values: ``int8`` (symmetric, one scale an output channel) or ``float32``, which half floats
            become.
        activation_samples: of how many of the first images to keep which inputs are not zero.
        leave: as the pruner was told; they stay in the network's state.

    Raises:
        InputError: another ``values``, a negative ``activation_samples``, a weight that is NaN or infinite,
            a layer that does not run, or as :func:`~pruning.network.trace.trace_program`.
    """
    if values not in ("int8", "float32"):
        raise InputError(f"values: expected int8 or float32, got {values!r}")
    instance(model, nn.Module, "model")
    for layer_name, mask in masks.items():
        instance(mask, KeepMask, f"{layer_name}: mask", ", as KeepMask.from_dense makes of a tensor")
    modules = weight_modules(model)
    inputs = measure_activations(model, images, activation_samples)
    channels, height, width = images.shape[1:]
    uses = trace_program(model, (channels, height, width), leave).uses
    for layer in layers:
        if layer.name not in inputs:
            raise InputError(f"{layer.name}: expected a layer that runs, got one that does not")
    given = {layer.name: layer for layer in layers}
    pruned: list[PrunedLayer] = []
    for use in uses:
        module = module_name(use.name)
        if module not in given:
            continue
        layer, mask = given.get(use.name, use), masks[module]
        weights = _as_numpy(to_gemm(modules[module].weight))
        if not np.isfinite(weights).all():
            raise InputError(f"{layer.name}: weight: expected finite weights, got NaN or infinity")
        scale: npt.NDArray[np.float32] | None = None
        if values == "int8":
            weights, scale = quantise(weights * mask.to_dense())
        survivors = np.ascontiguousarray(weights[mask.to_dense()])
        note = (notes or {}).get(module, "")
        seen = inputs[layer.name]
        pruned.append(PrunedLayer(layer, mask, survivors, scale, seen.densities, note, seen.keep))
    stored = {f"{layer.name}.weight" for layer in layers}
    state = {key: _as_numpy(value) for key, value in model.state_dict().items() if key not in stored}
    return PrunedNetwork(name, tuple(pruned), dict(provenance or {}), state)


def _as_numpy(value: Tensor) -> npt.NDArray[Any]:
    """A contiguous array; of half floats as float32, since numpy has no bfloat16 and an artifact neither."""
    if value.dtype in (torch.float16, torch.bfloat16):
        value = value.float()
    array: npt.NDArray[Any] = value.detach().cpu().contiguous().numpy()
    return array


def quantise(weights: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """``weights`` [m_dim, k_dim] as int8 and the float32 scale [m_dim] that multiplies each row.

    Raises:
        InputError: a weight is NaN or infinite, which int8 cannot say.
    """
    largest = np.abs(weights).max(axis=1)
    if not np.isfinite(largest).all():
        raise InputError("weights: expected finite weights, got NaN or infinity")
    scale = np.where(largest > 0, largest / _INT8_MAX, 1).astype(np.float32)
    scale[scale == 0] = np.finfo(np.float32).tiny  # of a row so small that the division underflows
    rounded = np.rint(weights / scale[:, None])
    return np.clip(rounded, -_INT8_MAX, _INT8_MAX).astype(np.int8), scale


def restore_network(model: nn.Module, network: PrunedNetwork) -> nn.Module:
    """Write the weights and the state of ``network`` into ``model``, in place; zeros where pruned.

    Raises:
        InputError: the model has other tensors, or of another shape, than the network.
    """
    instance(network, PrunedNetwork, "network", ", as read_artifact gives it")
    target = instance(model, nn.Module, "model").state_dict()
    state = {key: torch.from_numpy(array.copy()) for key, array in network.state.items()}
    for masked in network.layers:
        key = f"{module_name(masked.layer.name)}.weight"
        weight = torch.from_numpy(masked.dense())
        if key in target and target[key].numel() == weight.numel():
            weight = from_gemm(weight, target[key].shape)
        state[key] = weight
    differing = misfit(target, state)
    if differing:
        raise InputError(
            f"{network.name}: expected the tensors of the network that it names, got a file that {differing}"
        )
    model.load_state_dict(state)
    return model.eval()
