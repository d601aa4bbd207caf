"""One layer through both engines and, by its definition, through numpy; what differs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from accel_sim import counters as c
from accel_sim.architectures import Schedule
from accel_sim.engine import Engine, LayerEngine
from accel_sim.kernels.timeline.play import TRACE
from accel_sim.machine import Machine
from accel_sim.mapping import LayerMapping
from accel_sim.reference import ReferenceRun, random_operands, simulate_reference
from accel_sim.reference.timeline.spans import Spans
from accel_sim.search.choose import choose_mapping
from accel_sim.trace.table import spans_of
from workloads.layer import Layer
from workloads.workload import MaskedLayer


class Twins(NamedTuple):
    """Both engines' answers to one case; counters are int64 [COUNT]."""

    layer: LayerEngine
    mapping: LayerMapping
    fast: npt.NDArray[np.int64]
    fast_spans: Spans
    reference: ReferenceRun
    expected: npt.NDArray[np.int64]  # output [m_dim, n_dim], by numpy

    @property
    def schedule(self) -> Schedule:
        """The passes of the layer."""
        return self.layer.schedule

    def differences(self) -> dict[str, tuple[object, object]]:
        """What differs -> (fast, reference): counters, when things began and ended, the output."""
        pairs: dict[str, tuple[object, object]] = {
            name: (int(fast), int(stepped))
            for name, fast, stepped in zip(c.NAMES, self.fast, self.reference.counts, strict=True)
        }
        stepped_spans = self.reference.spans
        for key in sorted(stepped_spans.keys() | self.fast_spans.keys()):
            pairs[f"{key[0]} {key[1]}"] = self.fast_spans.get(key), stepped_spans.get(key)
        pairs["output"] = self.expected.tolist(), self.reference.output.tolist()
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def run_twins(masked: MaskedLayer, machine: Machine, seed: int = 0) -> Twins:
    """One layer through both engines and numpy."""
    layer = Engine.of(machine).layer(masked)
    mapping = choose_mapping(layer)
    trace = np.zeros(len(layer.plan(mapping)), TRACE)
    fast = layer.run(mapping, trace)
    operands = random_operands(masked, seed)
    reference = simulate_reference(masked, machine, mapping, operands)
    return Twins(
        layer, mapping, fast, spans_of(trace), reference, direct_convolution(masked.layer, *operands)
    )


def direct_convolution(
    layer: Layer, weights: npt.NDArray[np.int8], activations: npt.NDArray[np.int8]
) -> npt.NDArray[np.int64]:
    """A layer by its definition, in numpy: int64 [m_dim, n_dim]."""
    pad = ((0, 0), (0, 0), (layer.padding_h, layer.padding_h), (layer.padding_w, layer.padding_w))
    padded = np.pad(activations.astype(np.int64), pad)
    taps = weights.astype(np.int64).reshape(
        layer.groups, -1, layer.kernel_h, layer.kernel_w, layer.group_channels
    )
    out = np.zeros((layer.batch, layer.groups, taps.shape[1], layer.out_h, layer.out_w), np.int64)
    grouped = padded.reshape(layer.batch, layer.groups, layer.group_channels, *padded.shape[2:])
    for r in range(layer.kernel_h):
        for s in range(layer.kernel_w):
            y, x = r * layer.dilation_h, s * layer.dilation_w
            seen = grouped[
                ...,
                y : y + layer.stride_h * (layer.out_h - 1) + 1 : layer.stride_h,
                x : x + layer.stride_w * (layer.out_w - 1) + 1 : layer.stride_w,
            ]
            out += np.einsum("goc,bgchw->bgohw", taps[:, :, r, s], seen)
    return out.transpose(1, 2, 0, 3, 4).reshape(layer.m_dim, layer.n_dim)
