"""Pruned networks on disk: safetensors with masks, surviving values, geometry and provenance.

A layer ``conv1`` is stored as ``conv1.keep`` (uint8 [m_dim, ceil(k_dim / 8)], one bit a weight, low
bit first, k ordered r, s, c), ``conv1.values`` (the surviving weights, row by row; int8 or float)
and, when quantised, ``conv1.scale`` (float32 [m_dim]). What else the network needs to run (biases,
batch norm) is stored as it is, ``state.`` before its name. Geometry and provenance are one JSON text
in the header. Never a pickle: nothing in a file is executed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from workloads.inputs import InputError, replace_atomically, require_file
from workloads.layer import Layer
from workloads.masks import KeepMask

FORMAT = "crisp_accel_sim.pruned_network"
VERSION = 1
VALUE_TYPES = ("int8", "float16", "float32")
STATE_TYPES = ("float16", "float32", "float64", "int64")
_STATE = "state."


@dataclass(frozen=True)
class PrunedLayer:
    """A layer as it left the pruner."""

    layer: Layer
    mask: KeepMask
    values: npt.NDArray[Any]  # the surviving weights, row by row
    scale: npt.NDArray[np.float32] | None = None  # [m_dim], of int8 values
    activation_density: float = 1.0  # measured: fraction of inputs that are not zero
    note: str = ""  # what the pruner did here and why

    def dense(self) -> npt.NDArray[np.float32]:
        """The weights as float32 [m_dim, k_dim], zeros where pruned."""
        out = np.zeros((self.mask.m_dim, self.mask.k_dim), np.float32)
        out[self.mask.to_dense()] = self.values.astype(np.float32)
        return out if self.scale is None else out * self.scale[:, None]


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


def write_artifact(path: Path, network: PrunedNetwork) -> None:
    """Write ``network``; the same network gives the same bytes.

    Raises:
        InputError: values do not fit the mask, or the path cannot be written.
    """
    tensors: dict[str, npt.NDArray[Any]] = {}
    described = []
    for item in network.layers:
        where = f"{path}: {item.layer.name}"
        if f"{item.layer.name}.keep" in tensors:
            raise InputError(f"{where}: expected distinct layer names, got one twice")
        _check_values(where, item.mask, item.values, item.scale)
        tensors[f"{item.layer.name}.keep"] = item.mask.to_bytes()
        tensors[f"{item.layer.name}.values"] = np.ascontiguousarray(item.values)
        if item.scale is not None:
            tensors[f"{item.layer.name}.scale"] = np.ascontiguousarray(item.scale)
        described.append(
            {
                "layer": asdict(item.layer),
                "activation_density": item.activation_density,
                "note": item.note,
            }
        )
    for name, array in network.state.items():
        _check_state(f"{path}: {_STATE}{name}", array)
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
    replace_atomically(path, lambda target: save_file(tensors, target, metadata))


def read_artifact(path: Path) -> PrunedNetwork:
    """Read a pruned network, bit for bit what was written.

    Raises:
        InputError: no such file, not safetensors (a pickle, say), cut short, written by something
            else, a newer version, or masks, values and geometry that contradict each other.
    """
    require_file(path, "a pruned network (.safetensors)")
    try:
        with safe_open(path, framework="numpy") as file:
            header = _parse_header(path, file.metadata() or {})
            layers = tuple(_read_layer(path, file, entry) for entry in header["layers"])
            state = {name: _read_state(path, file, name) for name in header["state"]}
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path}: expected a safetensors file, got: {error}") from error
    if len({p.layer.name for p in layers}) != len(layers):
        raise InputError(f"{path}: expected distinct layer names, got one twice")
    return PrunedNetwork(header["name"], layers, header["provenance"], state)


def _parse_header(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    if FORMAT not in metadata:
        raise InputError(f"{path}: expected a pruned network, got safetensors without {FORMAT!r}")
    try:
        header = json.loads(metadata[FORMAT])
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


def _read_layer(path: Path, file: Any, entry: Any) -> PrunedLayer:
    try:
        layer = Layer(**entry["layer"])
        density, note = float(entry["activation_density"]), str(entry["note"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{path}: layers: expected a layer's geometry, got: {error}") from error
    where = f"{path}: {layer.name}"
    if not 0 <= density <= 1:
        raise InputError(f"{where}: activation_density: expected 0 to 1, got {density}")
    keep = _tensor(file, where, f"{layer.name}.keep")
    expected = (layer.m_dim, -(-layer.k_dim // 8))
    if keep.dtype != np.uint8 or keep.shape != expected:
        raise InputError(f"{where}: keep: expected uint8 {expected}, got {keep.dtype} {keep.shape}")
    try:
        mask = KeepMask.from_bytes(keep, layer.k_dim)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    values = _tensor(file, where, f"{layer.name}.values")
    scale_name = f"{layer.name}.scale"
    scale = _tensor(file, where, scale_name) if scale_name in file.keys() else None  # noqa: SIM118
    _check_values(where, mask, values, scale)
    return PrunedLayer(layer, mask, values, scale, density, note)


def _read_state(path: Path, file: Any, name: Any) -> npt.NDArray[Any]:
    if not isinstance(name, str):
        raise InputError(f"{path}: state: expected names of tensors, got {name!r}")
    array = _tensor(file, f"{path}: state", _STATE + name)
    _check_state(f"{path}: {_STATE}{name}", array)
    return array


def _check_state(where: str, array: npt.NDArray[Any]) -> None:
    if str(array.dtype) not in STATE_TYPES:
        raise InputError(f"{where}: expected one of {', '.join(STATE_TYPES)}, got {array.dtype}")
    if not np.isfinite(array).all():
        raise InputError(f"{where}: expected finite numbers, got NaN or infinity")


def _tensor(file: Any, where: str, name: str) -> npt.NDArray[Any]:
    try:
        array: npt.NDArray[Any] = file.get_tensor(name)
    except (SafetensorError, TypeError, AttributeError) as error:  # the latter two: bfloat16, float8
        raise InputError(f"{where}: expected the tensor {name!r}, got: {error}") from error
    return array


def _check_values(
    where: str, mask: KeepMask, values: npt.NDArray[Any], scale: npt.NDArray[Any] | None
) -> None:
    if str(values.dtype) not in VALUE_TYPES:
        raise InputError(f"{where}: values: expected one of {', '.join(VALUE_TYPES)}, got {values.dtype}")
    if values.shape != (mask.kept,):
        raise InputError(f"{where}: values: expected {mask.kept} survivors, got shape {values.shape}")
    if not np.isfinite(values.astype(np.float32)).all():
        raise InputError(f"{where}: values: expected finite numbers, got NaN or infinity")
    if (scale is not None) != (values.dtype == np.int8):
        raise InputError(f"{where}: scale: expected one with int8 values and none otherwise")
    if scale is not None and (scale.dtype != np.float32 or scale.shape != (mask.m_dim,)):
        raise InputError(f"{where}: scale: expected float32 ({mask.m_dim},), got {scale.dtype} {scale.shape}")
    if scale is not None and not np.isfinite(scale).all():
        raise InputError(f"{where}: scale: expected finite numbers, got NaN or infinity")
