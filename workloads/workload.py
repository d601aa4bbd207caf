"""What a simulation runs: layers, each with its exact keep-mask."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy.typing as npt

from workloads.activations import DENSE, Activations, Given, Uniform
from workloads.artifact import read_artifact
from workloads.drawn import drawn_mask
from workloads.exempt import exempt_reason
from workloads.inputs import InputError
from workloads.layer import Layer
from workloads.masks import KeepMask
from workloads.network import Network, load_network
from workloads.patterns import Pattern, parse_pattern


@dataclass(frozen=True)
class MaskedLayer:
    """A layer, the weights that survive in it, and which of its input activations are not zero."""

    layer: Layer
    mask: KeepMask
    activations: Activations = DENSE

    def __post_init__(self) -> None:
        shape = (self.mask.m_dim, self.mask.k_dim)
        if shape != (self.layer.m_dim, self.layer.k_dim):
            raise InputError(
                f"{self.layer.name}: expected a mask of {self.layer.m_dim} x {self.layer.k_dim}, got {shape}"
            )
        self.activations.check(self.layer)

    @property
    def macs(self) -> int:
        """Effectual multiply-accumulates: surviving weights x output pixels."""
        return self.mask.kept * self.layer.n_dim

    @property
    def activation_density(self) -> float:
        """Fraction of input activations that are not zero; padding is not among them."""
        return self.activations.density

    @property
    def activations_dense(self) -> bool:
        """Whether every input activation is certainly not zero."""
        return self.activations.dense

    @cached_property
    def activation_keep(self) -> KeepMask:
        """Which input activations are not zero: [batch x in_h x in_w, in_channels], without padding."""
        return self.activations.keep_mask(self.layer, self.layer.name)


@dataclass(frozen=True)
class Workload:
    """Masked layers in the order in which they run, and where they came from."""

    name: str
    layers: tuple[MaskedLayer, ...]
    source: str
    removed_weights: int = 0  # with channels that are no more, and in no layer's mask

    @property
    def weights(self) -> int:
        """Weights of the dense network."""
        return sum(item.mask.weights for item in self.layers) + self.removed_weights

    @cached_property
    def masks_hash(self) -> str:
        """A hash of the names, masks and activations of all layers, hexadecimal."""
        digest = hashlib.blake2b(digest_size=16)
        for item in self.layers:
            digest.update(item.layer.name.encode())
            digest.update(item.mask.words.data)
            digest.update(item.activations.content)
        return digest.hexdigest()

    @property
    def density(self) -> float:
        """Surviving fraction of all weights."""
        return sum(item.mask.kept for item in self.layers) / self.weights

    @property
    def macs(self) -> int:
        """Effectual multiply-accumulates."""
        return sum(item.macs for item in self.layers)


def load_workload(
    source: str | Path,
    pattern: str | None = None,
    seed: int = 0,
    batch: int = 1,
    activation_density: float | None = None,
) -> Workload:
    """A workload from a network (name or CSV) under a pattern, or from a pruned network's file.

    Args:
        source: a network's name, a ``.csv`` table, or a ``.safetensors`` artifact.
        pattern: as :func:`workloads.patterns.parse_pattern` reads it; dense if not given. The masks
            come from random scores, so they have the pattern's shape and no more. Exempt layers
            (:mod:`workloads.exempt`) stay dense. An artifact brings its own masks.
        seed: of the random scores; each layer draws its own, so that masks do not depend on order.
        batch: inputs processed at once.
        activation_density: fraction of input activations that are not zero, in every layer but the
            first, whose inputs are images. If not given, an artifact brings what was measured, and
            the activations of a network are dense.

    Raises:
        InputError: anything unknown, unreadable or impossible.
    """
    if batch < 1:
        raise InputError(f"batch: expected a whole number of at least 1, got {batch}")
    if seed < 0:
        raise InputError(f"seed: expected a whole number of at least 0, got {seed}")
    if activation_density is not None and not 0 <= activation_density <= 1:
        raise InputError(f"activation_density: expected 0 to 1, got {activation_density}")
    removed = 0
    if str(source).endswith(".safetensors"):
        if pattern is not None:
            raise InputError(f"pattern: expected none beside an artifact, which has masks, got {pattern!r}")
        pruned = read_artifact(Path(source))
        name, text = Path(source).stem, str(source)
        layers = tuple(
            MaskedLayer(replace(p.layer, batch=batch), p.mask, p.activations) for p in pruned.layers
        )
    else:
        network = load_network(source).with_batch(batch)
        name, text = network.name, f"{source}, pattern {pattern or 'dense'}, seed {seed}"
        rule = parse_pattern(pattern or "dense")
        left = rule.narrow(network)
        removed = sum(layer.weights for layer in network.layers) - sum(layer.weights for layer in left.layers)
        layers = _mask_network(left, parse_pattern("dense") if rule.narrows else rule, seed)
    if activation_density is not None:
        text += f", activation density {activation_density} after the first layer"
        sparse = Uniform(activation_density)
        layers = (layers[0], *(replace(item, activations=sparse) for item in layers[1:]))
    return Workload(name, layers, text, removed)


def gemm_workload(
    m_dim: int,
    k_dim: int,
    n_dim: int,
    weight_keep: KeepMask | npt.ArrayLike | None = None,
    activation_keep: KeepMask | npt.ArrayLike | None = None,
    activation_density: float = 1.0,
    name: str = "gemm",
) -> Workload:
    """A single product of weights [m_dim, k_dim] and activations [k_dim, n_dim].

    Args:
        weight_keep: a :class:`KeepMask` or a bool matrix [m_dim, k_dim]; dense if not given.
        activation_keep: the same [k_dim, n_dim], of the activations that are not zero.
        activation_density: fraction of activations that are not zero, where no mask says which.

    Raises:
        InputError: sizes, a mask or a density that cannot be, or a density beside a mask.
    """
    layer = Layer.gemm(name, m_dim, k_dim, n_dim)
    mask = KeepMask.ones(m_dim, k_dim) if weight_keep is None else _as_mask(weight_keep)
    activations: Activations = Uniform(activation_density)
    if activation_keep is not None:
        if activation_density != 1:
            raise InputError(
                f"{name}: activation_density: expected none beside activation_keep, got {activation_density}"
            )
        dense = _as_mask(activation_keep).to_dense()
        if dense.shape != (k_dim, n_dim):
            raise InputError(
                f"{name}: activation_keep: expected a mask of {k_dim} x {n_dim}, got {dense.shape}"
            )
        activations = Given(KeepMask.from_dense(dense.T))
    return Workload(name, (MaskedLayer(layer, mask, activations),), name)


def _as_mask(keep: KeepMask | npt.ArrayLike) -> KeepMask:
    return keep if isinstance(keep, KeepMask) else KeepMask.from_dense(keep)


def _mask_network(network: Network, pattern: Pattern, seed: int) -> tuple[MaskedLayer, ...]:
    masked = []
    for index, layer in enumerate(network.layers):
        if exempt_reason(layer, is_first=index == 0) is not None:
            masked.append(MaskedLayer(layer, KeepMask.ones(layer.m_dim, layer.k_dim)))
            continue
        masked.append(MaskedLayer(layer, drawn_mask(layer, pattern, seed)))
    return tuple(masked)
