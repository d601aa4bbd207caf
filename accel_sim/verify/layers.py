"""Small random layers and masks, by a seed's choices: ragged, grouped, empty, full."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from accel_sim.machine import Machine
from workloads.activations import Activations, Given, PerChannel, Uniform
from workloads.layer import Layer
from workloads.masks import KeepMask
from workloads.patterns import at_density, parse_pattern
from workloads.workload import MaskedLayer

Pick = Callable[[Sequence[Any]], Any]  # chooses one: a seeded generator, or hypothesis
SPARSITY = [(1, 4), (2, 4), (3, 4), (2, 6), (1, 8)]
SHAPES = ("gemm", "linear", "conv", "conv", "grouped", "depthwise")
ACTIVATIONS = ("dense", "dense", "half", "few", "channels", "given", "zeros")
MADE_FOR = "made for"  # a pattern that the machine's file names
DENSITIES = (0.1, 0.2)  # of such a pattern, where it leaves that open; 1:4 keeps no more than 0.25
MASKS = ("ones", "zeros", "one", "random", "sparse", "nm", "nm", "blocks", "crisp", "crisp", "empty rows")


def seeded_pick(seed: int) -> Pick:
    """Choices for a random layer that a seed decides."""
    rng = np.random.default_rng(seed)
    return lambda options: options[int(rng.integers(len(options)))]


def make_layer(
    pick: Pick, machine: Machine, most_m: int = 20, most_k: int = 40, most_n: int = 30
) -> MaskedLayer:
    """A layer with masks of kinds that the machine may or may not make use of.

    Args:
        most_m, most_k, most_n: bounds of a GEMM; convolutions stay near them.
    """
    layer = _layer(pick, most_m, most_k, most_n)
    mask = KeepMask.from_dense(_keep(pick, layer, machine))
    return MaskedLayer(layer, mask, _activations(pick, layer))


def _layer(pick: Pick, most_m: int, most_k: int, most_n: int) -> Layer:
    shape = pick(SHAPES)
    if shape == "gemm":
        return Layer.gemm(
            shape, pick(range(1, most_m + 1)), pick(range(1, most_k + 1)), pick(range(1, most_n + 1))
        )
    if shape == "linear":
        return Layer.linear(
            shape, pick(range(1, most_k + 1)), pick(range(1, most_m + 1)), batch=pick((1, 2, 5))
        )
    groups = 1 if shape == "conv" else pick((2, 3, 5))
    each_in = 1 if shape == "depthwise" else pick(range(1, most_k // 8 + 1))
    each_out = pick((1, 2)) if shape == "depthwise" else pick(range(1, most_m * 2 // 5 // groups + 2))
    kernel_h, kernel_w, dilation_h, dilation_w = pick((1, 2, 3)), pick((1, 3)), pick((1, 1, 2)), pick((1, 2))
    return Layer(
        shape,
        "conv",
        in_channels=groups * each_in,
        out_channels=groups * each_out,
        in_h=pick(range(dilation_h * (kernel_h - 1) + 1, 8)),
        in_w=pick(range(dilation_w * (kernel_w - 1) + 1, 8)),
        kernel_h=kernel_h,
        kernel_w=kernel_w,
        stride_h=pick((1, 2)),
        stride_w=pick((1, 1, 3)),
        padding_h=pick((0, 1)),
        padding_w=pick((0, 1, 2)),
        dilation_h=dilation_h,
        dilation_w=dilation_w,
        groups=groups,
        batch=pick((1, 1, 2)),
    )


def _activations(pick: Pick, layer: Layer) -> Activations:
    kind = pick(ACTIVATIONS)
    rng = np.random.default_rng(pick(range(10**6)))
    if kind == "channels":
        return PerChannel(tuple(rng.random(layer.in_channels).tolist()))
    if kind == "given":  # one sample, which all images of a batch take
        return Given(KeepMask.from_dense(rng.random((layer.in_h * layer.in_w, layer.in_channels)) < 0.5))
    return Uniform({"dense": 1.0, "half": 0.5, "few": 0.1, "zeros": 0.0}[kind])


def _supported(machine: Machine) -> list[tuple[int, int]]:
    return [(s["n_keep"], s["m_group"]) for s in machine.array.get("weight_sparsity", [])]


def _keep(pick: Pick, layer: Layer, machine: Machine) -> npt.NDArray[np.bool_]:
    kind = pick(MASKS + (MADE_FOR,) * bool(machine.patterns))
    rng = np.random.default_rng(pick(range(10**6)))
    if kind == MADE_FOR:
        pattern = parse_pattern(at_density(pick(machine.patterns), pick(DENSITIES)))
        return pattern.keep_mask(rng.random((layer.m_dim, layer.k_dim))).to_dense()
    keep = np.ones((layer.m_dim, layer.k_dim), np.bool_)
    if kind in ("random", "sparse"):
        keep = rng.random(keep.shape) < (0.5 if kind == "random" else 0.05)
    if kind in ("zeros", "one"):
        keep[:] = False
    if kind == "one":
        keep[rng.integers(layer.m_dim), rng.integers(layer.k_dim)] = True
    if kind in ("nm", "crisp"):
        n_keep, m_group = pick(_supported(machine) or SPARSITY)
        for k in range(0, layer.k_dim, m_group):
            score = rng.random(keep[:, k : k + m_group].shape)
            keep[:, k : k + m_group] = score.argsort(axis=1).argsort(axis=1) < n_keep
    if kind in ("blocks", "crisp"):
        side = pick(machine.array.get("skip_blocks") or (2, 4, 6))
        alive = rng.random((-(-layer.m_dim // side), -(-layer.k_dim // side))) < 0.5
        keep &= alive.repeat(side, axis=0).repeat(side, axis=1)[: layer.m_dim, : layer.k_dim]
    if kind == "empty rows":
        keep[: rng.integers(layer.m_dim) + 1] = False
    return keep
