"""Small layers on small machines, for holding the two engines against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from accel_sim.architectures import find_architecture
from accel_sim.machine import Dram, Machine, Rf, Smem
from accel_sim.mapping import choose_mapping
from workloads.inputs import InputError
from workloads.layer import Layer
from workloads.masks import KeepMask
from workloads.workload import MaskedLayer

Pick = Callable[[Sequence[Any]], Any]  # chooses one: hypothesis, or a seeded generator
SPARSITY = [(1, 4), (2, 4), (3, 4), (2, 6), (1, 8)]
SHAPES = ("gemm", "linear", "conv", "conv", "grouped", "depthwise")
MASKS = ("ones", "zeros", "one", "random", "sparse", "nm", "nm", "blocks", "crisp", "crisp", "empty rows")


def make_case(pick: Pick) -> tuple[MaskedLayer, Machine]:
    """A layer and a machine that it fits."""
    machine = _machine(pick)
    layer = _layer(pick)
    item = MaskedLayer(layer, KeepMask.from_dense(_keep(pick, layer, machine)))
    return item, fit(item, machine)


def fit(item: MaskedLayer, machine: Machine) -> Machine:
    """The machine, with SMEM grown by quarters until the layer fits."""
    architecture = find_architecture(machine.architecture)
    schedule = architecture.schedule(item, architecture.Array.model_validate(machine.array))
    while True:
        try:
            choose_mapping(item.layer, schedule, machine)
        except InputError:
            capacity = machine.smem.capacity_bytes * 5 // 4 + 1
            smem = machine.smem.model_copy(update={"capacity_bytes": capacity})
            machine = machine.model_copy(update={"smem": smem})
        else:
            return machine


def _machine(pick: Pick) -> Machine:
    array = {"columns": pick(range(1, 9)), "pipeline_cycles": pick((0, 1, 6, 20))}
    architecture = pick(("structured_tensor_core",) * 3 + ("gather",))
    if architecture == "gather":
        array |= {"pes": pick(range(1, 7)), "lanes": pick(range(1, 6))}
    else:
        lanes, m_group = pick(range(1, 6)), pick((4, 4, 6, 8))
        choices = [{"n_keep": n, "m_group": m} for n, m in SPARSITY if m == m_group and n <= lanes]
        choices = pick((choices, choices, []))
        array |= {
            "cores": pick((1, 2, 3, 3)),
            "rows": pick((1, 2, 4)),
            "lanes": lanes,
            "weight_sparsity": choices,
        }
        sides = [m_group, 2 * m_group] if choices else [2, 4, 8]
        array["skip_blocks"] = pick(([], sides[:1], sides, sides))
    return Machine(
        name="tiny",
        description="",
        architecture=architecture,
        clock_hz=1e9,
        word_bytes=pick((1, 1, 2)),
        array=array,
        rf=Rf(accumulator_bytes=4, buffers=pick((1, 2))),
        smem=Smem(capacity_bytes=pick((1, 200, 1000, 20000)), bandwidth_bytes_per_cycle=pick(range(1, 17))),
        dram=Dram(
            bandwidth_bytes_per_cycle=pick(range(1, 17)),
            latency_cycles=pick((0, 1, 5, 20)),
            burst_bytes=pick((1, 3, 4, 8)),
        ),
        energy="sparseloop_45nm",
    )


def _layer(pick: Pick) -> Layer:
    shape = pick(SHAPES)
    if shape == "gemm":
        return Layer.gemm(shape, pick(range(1, 21)), pick(range(1, 41)), pick(range(1, 31)))
    if shape == "linear":
        return Layer.linear(shape, pick(range(1, 41)), pick(range(1, 21)), batch=pick((1, 2, 5)))
    groups = 1 if shape == "conv" else pick((2, 3, 5))
    each_in = 1 if shape == "depthwise" else pick(range(1, 6))
    each_out = pick((1, 2)) if shape == "depthwise" else pick(range(1, 8 // groups + 2))
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


def _supported(machine: Machine) -> list[tuple[int, int]]:
    return [(s["n_keep"], s["m_group"]) for s in machine.array.get("weight_sparsity", [])]


def _keep(pick: Pick, layer: Layer, machine: Machine) -> npt.NDArray[np.bool_]:
    kind = pick(MASKS)
    rng = np.random.default_rng(pick(range(10**6)))
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
