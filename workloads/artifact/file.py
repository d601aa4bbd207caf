"""The file of a pruned network, written and read: masks, values, its state, geometry, provenance.

A layer ``conv1`` is stored as ``conv1.keep`` (uint8 [m_dim, ceil(k_dim / 8)], one bit a weight, low
bit first, k ordered r, s, c), ``conv1.values`` (the surviving weights, row by row; int8 or float)
and, when quantised, ``conv1.scale`` (float32 [m_dim]). Of its inputs ``conv1.activation_density``
(float32 [in_channels]) is the fraction that is not zero in each channel and ``conv1.activation_keep``
(uint8 [samples x in_h x in_w, ceil(in_channels / 8)]) says which ones, for a few real inputs; a file
may lack both. What else the network needs to run (biases, batch norm) is stored as it is, ``state.``
before its name. Geometry, the mean density of a layer's inputs and provenance are one JSON text in the
header. Never a pickle: nothing in a file is executed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from workloads.artifact.layers import PrunedLayer, layer_entry, layer_tensors, read_layer, read_tensor
from workloads.inputs import InputError, as_path, replace_atomically, require_file

__all__ = [
    "PrunedLayer",
    "PrunedNetwork",
    "check_state",
    "check_state_type",
    "read_artifact",
    "write_artifact",
]

FORMAT = "crisp_accel_sim.pruned_network"
VERSION = 1
STATE_TYPES = ("float16", "float32", "float64", "bool", "uint8", "int8", "int16", "int32", "int64")
_STATE = "state."


@dataclass(frozen=True)
class PrunedNetwork:
    """A pruned network and how it came to be (pattern, classes, saliency, accuracy, ...)."""

    name: str
    layers: tuple[PrunedLayer, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)  # biases, batch norm, ...

    @property
    def density(self) -> float:
        """Surviving fraction of all weights."""
        return sum(p.mask.kept for p in self.layers) / sum(p.mask.weights for p in self.layers)


def write_artifact(path: str | os.PathLike[str], network: PrunedNetwork) -> None:
    """Write ``network``; the same network gives the same bytes.

    Raises:
        InputError: a layer contradicts itself, or the path cannot be written.
    """
    path = as_path(path)
    tensors: dict[str, npt.NDArray[Any]] = {}
    described = []
    for masked in network.layers:
        if f"{masked.layer.name}.keep" in tensors:
            raise InputError(f"{path}: {masked.layer.name}: expected distinct layer names, got one twice")
        try:
            masked.check()
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
        tensors |= layer_tensors(masked)
        described.append(layer_entry(masked))
    for name, array in network.state.items():
        check_state(f"{path}: {_STATE}{name}", array)
        if _STATE + name in tensors:
            raise InputError(f"{path}: expected distinct tensor names, got {_STATE + name!r} twice")
        tensors[_STATE + name] = np.asarray(array, order="C")  # keeps scalars scalar
    header = {
        "version": VERSION,
        "name": network.name,
        "provenance": dict(network.provenance),
        "layers": described,
        "state": sorted(network.state),
    }
    # One metadata key only: safetensors does not fix the order of several.
    metadata = {FORMAT: json.dumps(header, sort_keys=True)}
    # Not save_file, whose errors are no OSError: a full disk is then one line.
    replace_atomically(path, lambda target: target.write_bytes(save(tensors, metadata)))


def read_artifact(path: str | os.PathLike[str]) -> PrunedNetwork:
    """Read a pruned network, bit for bit what was written.

    Raises:
        InputError: no such file, not safetensors (a pickle, say), cut short, written by something
            else, a newer version, or masks, values and geometry that contradict each other.
    """
    path = require_file(path, "a pruned network (.safetensors)")
    try:
        with safe_open(path, framework="numpy") as file:
            header = _parse_header(path, file.metadata() or {})
            layers = tuple(read_layer(path, file, entry) for entry in header["layers"])
            state = {name: _read_state(path, file, name) for name in header["state"]}
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path}: expected a safetensors file, got: {error}") from error
    if len({p.layer.name for p in layers}) != len(layers):
        raise InputError(f"{path}: expected distinct layer names, got one twice")
    return PrunedNetwork(header["name"], layers, header["provenance"], state)


def check_state(where: str, array: npt.NDArray[Any]) -> None:
    """Raise :class:`InputError` unless ``array`` can be part of a network's state.

    Infinity may: buffers use it as a bound, or to mask what is not looked at.
    """
    check_state_type(where, str(array.dtype))
    if np.isnan(array).any():
        raise InputError(f"{where}: expected numbers, got NaN")


def check_state_type(where: str, kind: str) -> None:
    """Raise :class:`InputError` unless ``kind`` is the name of a type that a state may have."""
    if kind not in STATE_TYPES:
        raise InputError(f"{where}: expected one of {', '.join(STATE_TYPES)}, got {kind}")


def _parse_header(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    if FORMAT not in metadata:
        raise InputError(f"{path}: expected a pruned network, got safetensors without {FORMAT!r}")
    try:
        header: dict[str, Any] = json.loads(metadata[FORMAT])
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: expected a JSON description, got: {error}") from error
    shape = {"version": int, "name": str, "provenance": dict, "layers": list, "state": list}
    for key, kind in shape.items():
        if not isinstance(header, dict) or not isinstance(header.get(key), kind):
            raise InputError(f"{path}: {key}: expected {kind.__name__} in the description, got none")
    if header["version"] != VERSION:
        raise InputError(f"{path}: version: expected {VERSION}, got {header['version']}")
    if not header["layers"]:
        raise InputError(f"{path}: layers: expected at least one, got none")
    return header


def _read_state(path: Path, file: Any, name: Any) -> npt.NDArray[Any]:
    if not isinstance(name, str):
        raise InputError(f"{path}: state: expected names of tensors, got {name!r}")
    array = read_tensor(file, f"{path}: state", _STATE + name)
    check_state(f"{path}: {_STATE}{name}", array)
    return array
