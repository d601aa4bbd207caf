"""Layers, patterns and machines on which the laws are tried, and what a run of one leaves behind."""

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st
from tile_fields import changed, shipped

from accel_sim import counters as c
from accel_sim.architectures import Schedule
from accel_sim.engine import Engine, LayerEngine
from accel_sim.loading.families import family_names
from accel_sim.machine import Machine
from accel_sim.machine.shipped import config_names
from accel_sim.mapping import LayerMapping
from accel_sim.reference import random_operands
from accel_sim.reference.architectures.contract import find_program
from accel_sim.reference.operands import Numbers
from accel_sim.search.choose import choose_mapping
from workloads import KeepMask, Layer, MaskedLayer
from workloads.activations import Activations, Given, Uniform
from workloads.patterns import parse_pattern

MACHINES = config_names("machines")
STRUCTURED = [n for n in family_names("edge_1024") if shipped(n).architecture == "structured_tensor_core"]
BANKED = [n for n in MACHINES if shipped(n).dram.model == "banked"]
SIMPLE = [n for n in MACHINES if n not in BANKED]
COUNTED = [n for n in SIMPLE if shipped(n).fill_drain == "counted"]

LAYERS = (
    Layer("pointwise", "conv", 96, 80, 14, 14),
    Layer("3x3", "conv", 64, 128, 9, 9, 3, 3, padding_h=1, padding_w=1),
    Layer("strided", "conv", 48, 64, 15, 13, 3, 5, 2, 2, 1, 2),
    Layer("strided 1x1", "conv", 32, 64, 9, 9, 1, 1, 2, 2),
    Layer("dilated", "conv", 20, 33, 12, 12, 3, 3, 1, 1, 2, 2, 2, 2, batch=2),
    Layer("depthwise", "conv", 96, 96, 8, 8, 3, 3, padding_h=1, padding_w=1, groups=96),
    Layer("grouped", "conv", 60, 72, 7, 7, 3, 3, groups=3),
    Layer("first", "conv", 3, 32, 28, 28, 7, 7, 2, 2, 3, 3),
    Layer.linear("linear", 257, 130),
    Layer.linear("linear of a batch", 64, 10, batch=33),
    Layer.gemm("ragged gemm", 67, 131, 259),
    Layer.gemm("tiny gemm", 1, 1, 1),
)
PATTERNS = (
    "dense",
    "nm(1:4)",
    "nm(2:4)",
    "nm(3:4)",
    "block(block=16, density=0.3)",
    "crisp(2:4, block=16, density=0.2)",
    "crisp(1:4, block=32, density=0.1)",
    "unstructured(density=0.1)",
)
PORT = "smem.bandwidth_bytes_per_cycle"
MEMORIES = {
    PORT: (1, 7, 32, 128, 1000),
    "smem.capacity_bytes": (24_576, 262_144),
    "smem.banks.count": (1, 4, 64),
    "smem.banks.row_bytes": (1, 2, 16),
    "dram.bandwidth_bytes_per_cycle": (1, 5, 32, 400),
    "dram.latency_cycles": (0, 1, 100),
    "dram.burst_bytes": (1, 64, 100),
    "rf.buffers": (1, 2),
    "array.columns": (3, 16, 128),
    "array.pipeline_cycles": (0, 6),
    "word_bytes": (1, 2),
    "fill_drain": ("counted", "hidden"),
    "objective": ("cycles", "energy", "edp"),
}


class Run(NamedTuple):
    """A layer on a machine: what decided it and what came out, by counter name."""

    masked: MaskedLayer
    machine: Machine
    schedule: Schedule
    mapping: LayerMapping
    counts: dict[str, int]

    @property
    def outputs(self) -> int:
        return self.masked.layer.m_dim * self.masked.layer.n_dim * self.machine.word_bytes


@lru_cache(maxsize=256)
def machine_with(name: str, overrides: tuple[tuple[str, int | str], ...] = ()) -> Machine:
    changes = dict(overrides)
    if shipped(name).smem.banks is None:
        changes = {field: value for field, value in changes.items() if not field.startswith("smem.banks")}
    changes = {**changes, **_port(shipped(name), changes)}
    if name in BANKED:  # whose DRAM has a file of its own, and whose SMEM keeps up with it
        changes = {field: value for field, value in changes.items() if not field.startswith("dram.")}
        if changes.get(PORT, 256) < 256:
            changes = {field: value for field, value in changes.items() if not field.startswith("smem.banks")}
            changes[PORT] = shipped(name).smem.bandwidth_bytes_per_cycle
    if "smem.capacity_bytes" in changes and "cols" in shipped(name).array:
        # The smallest tile holds an array's worth of weights, of two bytes at most, and the next one's.
        array = shipped(name).array
        changes["smem.capacity_bytes"] = max(
            changes["smem.capacity_bytes"], 4 * array["rows"] * array["cols"]
        )
    return changed(name, changes)


def _port(plain: Machine, changes: dict[str, int | str]) -> dict[str, int]:
    """SMEM's port, as wide as asked or as the banks can feed it."""
    banks = plain.smem.banks
    if banks is None:
        return {}
    count, row = (changes.get(f"smem.banks.{of}", getattr(banks, of)) for of in ("count", "row_bytes"))
    return {PORT: min(int(changes.get(PORT, plain.smem.bandwidth_bytes_per_cycle)), int(count) * int(row))}


def uses_zeros(machine: Machine) -> bool:
    """Whether zero activations count (rules 8b, 11a, 11f)."""
    masked = MaskedLayer(Layer.gemm("one", 1, 1, 1), KeepMask.ones(1, 1))
    numbers = Numbers(masked, random_operands(masked, 0))
    return find_program(machine.architecture)(masked, machine, numbers).zeros_count


def mask_layer(layer: Layer, pattern: str, seed: int = 0) -> MaskedLayer:
    score = np.random.default_rng(seed).random((layer.m_dim, layer.k_dim))
    return MaskedLayer(layer, parse_pattern(pattern).keep_mask(score))


def dense(layer: Layer) -> MaskedLayer:
    return MaskedLayer(layer, KeepMask.ones(layer.m_dim, layer.k_dim))


def image(m_dim: int, k_dim: int, height: int, width: int) -> MaskedLayer:
    """A pointwise convolution: a GEMM whose n is height x width."""
    return dense(Layer("image", "conv", k_dim, m_dim, height, width))


def engine_of(masked: MaskedLayer, machine: Machine) -> LayerEngine:
    return Engine.of(machine).layer(masked)


def count(layer: LayerEngine, mapping: LayerMapping) -> dict[str, int]:
    return dict(zip(c.NAMES, layer.run(mapping).tolist(), strict=True))


def run(masked: MaskedLayer, machine: Machine) -> Run:
    layer = engine_of(masked, machine)
    mapping = choose_mapping(layer)
    return Run(masked, machine, layer.schedule, mapping, count(layer, mapping))


def memories() -> st.SearchStrategy[tuple[tuple[str, int | str], ...]]:
    """Some fields of the memories and the tiles, changed."""
    choice = st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in MEMORIES.items()})
    return choice.map(lambda chosen: tuple(sorted(chosen.items())))


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    """Layers of every kind, of sizes that divide by nothing."""
    if draw(st.integers(0, 3)) == 0:
        sizes = draw(st.tuples(st.integers(1, 140), st.integers(1, 150), st.integers(1, 300)))
        return Layer.gemm("gemm", *sizes)
    groups = draw(st.sampled_from([1, 1, 2, 5]))
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    dilation = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    image = [draw(st.integers(d * (k - 1) + 1, 12)) for k, d in zip(kernel, dilation, strict=True)]
    stride = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    padding = draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    channels = groups * draw(st.integers(1, 24)), groups * draw(st.integers(1, 30))
    sizes = (*channels, *image, *kernel, *stride, *padding, *dilation, groups)
    return Layer("conv", "conv", *sizes, batch=draw(st.sampled_from([1, 1, 3])))


@st.composite
def activations_of(draw: st.DrawFn, layer: Layer) -> Activations:
    """Dense ones, random ones of a density, or one sample that all images of a batch take."""
    density = draw(st.sampled_from([1.0, 1.0, 0.5, 0.1, 0.0, None]))
    if density is not None:
        return Uniform(density)
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    shares = random.random(layer.in_channels)  # of each channel another
    return Given(KeepMask.from_dense(random.random((layer.in_h * layer.in_w, layer.in_channels)) < shares))


@st.composite
def masked_layers(draw: st.DrawFn) -> MaskedLayer:
    """A layer under a pattern, or under a mask without any, down to nothing at all; some activations zero."""
    layer, seed = draw(layers()), draw(st.integers(0, 2**32))
    activations = draw(activations_of(layer))
    if draw(st.booleans()):
        return replace(mask_layer(layer, draw(st.sampled_from(PATTERNS)), seed), activations=activations)
    random = np.random.default_rng(seed)
    rows = random.random((layer.m_dim, 1)) < draw(st.sampled_from([0.3, 1.0]))
    keep = random.random((layer.m_dim, layer.k_dim)) < draw(st.sampled_from([0.0, 0.02, 0.4, 1.0]))
    return MaskedLayer(layer, KeepMask.from_dense(keep & rows), activations)
