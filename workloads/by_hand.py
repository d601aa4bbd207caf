"""Workloads of a single layer: a convolution from a framework's weight, a GEMM from sizes and masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workloads.activations import Activations, Given, Uniform
from workloads.inputs import InputError
from workloads.inputs.arrays import nonzero
from workloads.inputs.values import fraction
from workloads.layer import Layer
from workloads.masked_layer import MaskedLayer
from workloads.masks import KeepMask
from workloads.workload import Workload


def conv_workload(
    weight: object,
    in_h: int,
    in_w: int,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    batch: int = 1,
    activations: object = None,
    activation_density: float = 1.0,
    name: str = "conv",
) -> Workload:
    """A single convolution from its weight, as a framework holds it: what is zero in it is gone.

    Args:
        weight: [m, c, r, s], c the channels of one group: a numpy array or a torch tensor, of numbers or of
            true and false. It is put into the order of the GEMM here.
        in_h: rows of pixels of the input, without padding.
        in_w: columns of pixels of it.
        stride: one number, or one of height and one of width.
        padding: likewise.
        dilation: likewise.
        activations: some inputs [samples, in_channels, in_h, in_w], of which zeros count as zero; image i of
            the batch is sample i modulo the samples.
        activation_density: fraction of inputs that are not zero, where no inputs say which.

    Raises:
        InputError: sizes or a density that cannot be, NaN, or a density beside inputs.
        TypeError: no array of numbers.
    """
    where = f"{name}: activations"
    density = _density(activation_density, activations, name, "activations")
    given: Activations = density
    if activations is not None:
        keep = nonzero(activations, where)
        if keep.ndim != 4 or keep.size == 0:
            raise InputError(f"{where}: expected inputs [samples, c, h, w], got shape {keep.shape}")
        if keep.shape[2:] != (in_h, in_w):
            raise InputError(f"{where}: expected inputs of {in_h} x {in_w} pixels, got shape {keep.shape}")
        given = Given(KeepMask.from_dense(np.moveaxis(keep, 1, 3).reshape(-1, keep.shape[1])))
    layer = MaskedLayer.from_weight(
        name,
        weight,
        in_h,
        in_w,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        batch=batch,
        activations=given,
    )
    return Workload(name, (layer,), name)


def gemm_workload(
    m_dim: int,
    k_dim: int,
    n_dim: int,
    weight_keep: object = None,
    activation_keep: object = None,
    activation_density: float = 1.0,
    name: str = "gemm",
) -> Workload:
    """A single product of weights [m_dim, k_dim] and activations [k_dim, n_dim].

    Args:
        weight_keep: what survives: a :class:`KeepMask`, or a weight or a mask of it as
            :meth:`KeepMask.from_weight` takes them, [m_dim, k_dim] or a convolution's [m_dim, c, r, s],
            whose k is put into the order r, s, c; dense if not given.
        activation_keep: of the activations that are not zero: a :class:`KeepMask` or an array [k_dim, n_dim].
        activation_density: fraction of activations that are not zero, where no mask says which.

    Raises:
        InputError: sizes, a mask or a density that cannot be, or a density beside a mask.
        TypeError: masks that are no arrays of numbers.
    """
    layer = Layer.gemm(name, m_dim, k_dim, n_dim)
    if weight_keep is None:
        mask = KeepMask.ones(layer.m_dim, layer.k_dim)
    else:
        where = f"{name}: weight_keep"
        mask = weight_keep if isinstance(weight_keep, KeepMask) else KeepMask.from_weight(weight_keep, where)
    activations: Activations = _density(activation_density, activation_keep, name, "activation_keep")
    if activation_keep is not None:
        given = activation_keep.to_dense() if isinstance(activation_keep, KeepMask) else activation_keep
        dense = nonzero(given, f"{name}: activation_keep")
        if dense.shape != (k_dim, n_dim):
            raise InputError(
                f"{name}: activation_keep: expected a mask of {k_dim} x {n_dim}, got {dense.shape}"
            )
        activations = Given(KeepMask.from_dense(dense.T))
    return Workload(name, (MaskedLayer(layer, mask, activations),), name)


def _density(density: float, inputs: object, name: str, what: str) -> Uniform:
    """The density of all channels, which is none of the caller's business where ``inputs`` are given."""
    where = f"{name}: activation_density"
    found = Uniform(fraction(density, where))
    if inputs is not None and found.density != 1:
        raise InputError(f"{where}: expected none beside {what}, got {density}")
    return found
