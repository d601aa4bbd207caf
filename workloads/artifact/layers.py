"""A layer of a pruned network, and how its file stores it: as tensors and as an entry in the header."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError

from workloads.activations import DENSE, Activations, Densities, Given, PerChannel, Uniform
from workloads.inputs import InputError
from workloads.layer import Layer
from workloads.masks import KeepMask

VALUE_TYPES = ("int8", "float16", "float32")
_ROUNDING = 1e-6  # of a mean of float32 densities, whoever took it


@dataclass(frozen=True)
class PrunedLayer:
    """A layer as it left the pruner."""

    layer: Layer
    mask: KeepMask
    values: npt.NDArray[Any]  # the surviving weights, row by row
    scale: npt.NDArray[np.float32] | None = None  # [m_dim], of int8 values
    activation_densities: Densities = DENSE  # measured: inputs that are not zero, over all data
    note: str = ""  # what the pruner did here and why
    activation_keep: KeepMask | None = None  # of a few real inputs, as workloads.activations.Given

    @property
    def activations(self) -> Activations:
        """What a simulation takes: the real inputs where there are some, else the densities."""
        return self.activation_densities if self.activation_keep is None else Given(self.activation_keep)

    @property
    def activation_density(self) -> float:
        """Fraction of inputs that are not zero, over all data that was looked at."""
        return self.activation_densities.density

    @property
    def activation_samples(self) -> int:
        """How many real inputs there are masks of."""
        pixels = self.layer.in_h * self.layer.in_w
        return 0 if self.activation_keep is None else self.activation_keep.m_dim // pixels

    def dense(self) -> npt.NDArray[np.float32]:
        """The weights as float32 [m_dim, k_dim], zeros where pruned."""
        out = np.zeros((self.mask.m_dim, self.mask.k_dim), np.float32)
        out[self.mask.to_dense()] = self.values.astype(np.float32)
        return out if self.scale is None else out * self.scale[:, None]

    def check(self) -> None:
        """Raise :class:`InputError` where values, mask, activations and geometry contradict each other."""
        _check_values(self.layer.name, self.mask, self.values, self.scale)
        self.activation_densities.check(self.layer)
        self.activations.check(self.layer)


def layer_tensors(masked: PrunedLayer) -> dict[str, npt.NDArray[Any]]:
    """What a layer is stored as, beside its entry in the header."""
    densities = _rounded(masked.activation_densities)
    tensors: dict[str, npt.NDArray[Any] | None] = {
        "keep": masked.mask.to_bytes(),
        "values": masked.values,
        "scale": masked.scale,
        "activation_density": (
            np.array(densities.densities, np.float32) if isinstance(densities, PerChannel) else None
        ),
        "activation_keep": None if masked.activation_keep is None else masked.activation_keep.to_bytes(),
    }
    return {
        f"{masked.layer.name}.{what}": np.ascontiguousarray(array)
        for what, array in tensors.items()
        if array is not None
    }


def layer_entry(masked: PrunedLayer) -> dict[str, Any]:
    """What the header says of a layer."""
    density = float(_rounded(masked.activation_densities).density)
    return {"layer": asdict(masked.layer), "activation_density": density, "note": masked.note}


def read_layer(path: Path, file: Any, entry: Any) -> PrunedLayer:
    """The layer of an ``entry`` in the header, with its tensors from the open ``file``.

    Raises:
        InputError: entry and tensors are incomplete, or contradict each other.
    """
    try:
        layer = Layer(**entry["layer"])
        density, note = float(entry["activation_density"]), str(entry["note"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{path}: layers: expected a layer's geometry, got: {error}") from error
    where, names = f"{path}: {layer.name}", set(file.keys())

    def stored(what: str) -> npt.NDArray[Any] | None:
        name = f"{layer.name}.{what}"
        return read_tensor(file, where, name) if name in names else None

    keep = read_tensor(file, where, f"{layer.name}.keep")
    values = read_tensor(file, where, f"{layer.name}.values")
    channels, inputs = stored("activation_density"), stored("activation_keep")
    masked = PrunedLayer(
        layer,
        _read_mask(f"{where}: keep", keep, layer.m_dim, layer.k_dim),
        values,
        stored("scale"),
        Uniform(density) if channels is None else _read_densities(where, channels, layer),
        note,
        None if inputs is None else _read_mask(f"{where}: activation_keep", inputs, None, layer.in_channels),
    )
    try:
        masked.check()
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    if not abs(masked.activation_density - density) <= _ROUNDING:
        raise InputError(
            f"{where}: activation_density: expected the mean of its channels, {masked.activation_density:g},"
            f" got {density:g}"
        )
    return masked


def read_tensor(file: Any, where: str, name: str) -> npt.NDArray[Any]:
    """A tensor of the open ``file``, of any type that numpy has."""
    try:
        array: npt.NDArray[Any] = file.get_tensor(name)
    except (SafetensorError, TypeError, AttributeError) as error:  # the latter two: bfloat16, float8
        raise InputError(f"{where}: expected the tensor {name!r}, got: {error}") from error
    return array


def _rounded(densities: Densities) -> Densities:
    """As they read back: a file that is read and written again stays the same, its mean too."""
    if isinstance(densities, Uniform):
        return densities
    return PerChannel(tuple(np.array(densities.densities, np.float32).tolist()))


def _read_densities(where: str, array: npt.NDArray[Any], layer: Layer) -> PerChannel:
    if array.dtype != np.float32 or array.shape != (layer.in_channels,):
        raise InputError(
            f"{where}: activation_density: expected float32 ({layer.in_channels},),"
            f" got {array.dtype} {array.shape}"
        )
    return PerChannel(tuple(array.tolist()))


def _read_mask(where: str, packed: npt.NDArray[Any], rows: int | None, k_dim: int) -> KeepMask:
    """A mask of ``rows``, or of as many as there are."""
    if rows is None:
        rows = packed.shape[0] if packed.ndim else 0
    expected = (rows, -(-k_dim // 8))
    if packed.dtype != np.uint8 or packed.shape != expected:
        raise InputError(f"{where}: expected uint8 {expected}, got {packed.dtype} {packed.shape}")
    try:
        return KeepMask.from_bytes(packed, k_dim)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


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
