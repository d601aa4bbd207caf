"""Good files, small enough that a run of them takes milliseconds; hostile cases change one thing in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import yaml

from workloads import KeepMask, Layer
from workloads.artifact import PrunedLayer, PrunedNetwork, write_artifact

NETWORK = """\
name,kind,in_channels,out_channels,in_h,in_w,kernel_h,kernel_w,stride_h,stride_w,padding_h,padding_w,groups
first,conv,4,8,6,6,3,3,1,1,1,1,1
second,conv,8,16,6,6,3,3,2,2,1,1,2
fc,linear,16,12,,,,,,,,,
"""
CONVOLUTIONS = """\
Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,
one, 8, 8, 3, 3, 4, 8, 1,
two, 6, 6, 1, 1, 8, 8, 1,
"""
GEMMS = """\
Layer, M, N, K,
one, 16, 8, 4,
"""
SWEEP = """\
description: small
workloads:
  - network: net.csv
    pattern: nm(2:4)
    seed: 0
    batch: 1
    activation_density: 0.5
machines: [crisp_stc]
vary:
  array.rows: [8, 16]
"""
EXPERIMENT = """\
description: small
data: fashion_mnist
network: {checkpoint: shipped}
classes: {tops: "Pullover,Coat"}
base: {stages: 1, steps: 0, last_steps: 0, learning_rate: 0.05, saliency: magnitude, schedule: linear}
grids:
  - {pattern: ["crisp(2:4, block=16)", dense], sparsity: [0.8, 0.9], seed: [0], exempt: "first,depthwise"}
"""


def write_small_files(folder: Path) -> None:
    """A network, topologies of SCALE-Sim, a sweep, a pruned network."""
    (folder / "net.csv").write_text(NETWORK)
    (folder / "convolutions.csv").write_text(CONVOLUTIONS)
    (folder / "gemms.csv").write_text(GEMMS)
    (folder / "sweep.yaml").write_text(SWEEP)
    small_artifact(folder / "small.safetensors")


def small_artifact(path: Path) -> None:
    """A pruned network of two layers, int8 and float."""
    conv = Layer("conv", "conv", 4, 8, 5, 5, 3, 3, padding_h=1, padding_w=1)
    keep = np.arange(8 * 36).reshape(8, 36) % 4 < 2
    inputs = KeepMask.from_dense(np.arange(25 * 4).reshape(25, 4) % 3 > 0)
    values = np.ones(int(keep.sum()), np.int8)
    layers = (
        PrunedLayer(
            conv,
            KeepMask.from_dense(keep),
            values,
            np.ones(8, np.float32),
            note="2:4",
            activation_keep=inputs,
        ),
        PrunedLayer(Layer.linear("fc", 8, 5), KeepMask.ones(5, 8), np.ones(40, np.float32)),
    )
    state = {"conv.bias": np.zeros(8, np.float32)}
    write_artifact(path, PrunedNetwork("small", layers, {"pattern": "nm(2:4)"}, state))


def leaves(data: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of everything in nested dicts and lists: scalars and what holds them."""
    if path:
        yield path
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from leaves(value, (*path, key))


def dotted(path: tuple[str | int, ...]) -> str:
    """A path as messages write it."""
    return ".".join(map(str, path))


def text_with(data: object, path: tuple[str | int, ...], value: str) -> str:
    """The data as YAML, with ``value`` as it stands in place of what is at ``path``."""
    mark = "HERE-IT-IS"

    def put(here: object, rest: tuple[str | int, ...]) -> object:
        if not rest:
            return mark
        items = here.items() if isinstance(here, dict) else enumerate(here)
        changed = {key: put(inner, rest[1:]) if key == rest[0] else inner for key, inner in items}
        return changed if isinstance(here, dict) else list(changed.values())

    text = yaml.safe_dump(put(data, path), sort_keys=False, width=10**6)
    assert text.count(mark) == 1
    return text.replace(mark, value)
