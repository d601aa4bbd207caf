"""A network with fewer channels in every layer, as channel pruning leaves it.

A table of layers does not say which layer feeds which. Here channel counts stand for that: an equal count
becomes an equal new one all over the network, so residual sums and depthwise layers go on fitting. Three
things are assumed of a layer's inputs. A count that a layer before puts out is that layer's width. Any
other multiple of the width just before is that output flattened, so many pixels a channel. What is left, a
concatenation, shrinks as a width of that size would, and need not be the exact sum of its parts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from math import ceil, lcm

from workloads.inputs import InputError
from workloads.layer import Layer
from workloads.network import Network

WHOLE = 2**32  # parts of a factor: fine enough to tell apart all that cut widths below 2**16 differently


def narrow_network(network: Network, density: float, multiple: int = 1) -> Network:
    """The widest network with one factor on all widths that keeps at most ``density`` of the weights.

    The inputs of the first layer and the outputs of the last stay; the last layer's follow its inputs if it
    is depthwise. The number of groups of a grouped layer stays, and its channels are multiples of it.

    Args:
        density: more than 0 and at most 1; at 1 the network stays as it is.
        multiple: widths are rounded down to multiples of it, but never below the first one; widths that
            have always been smaller stay.

    Raises:
        InputError: even the narrowest network keeps more weights.
    """
    if density == 1:
        return network
    steps = _steps(network, multiple)

    def at(parts: int) -> Network:
        def width(channels: int) -> int:
            step = steps.get(channels, multiple)
            return min(channels, max(step, channels * parts // WHOLE // step * step))

        return Network(network.name, _layers(network.layers, width))

    budget = density * network.weights * (1 + 1e-12)  # 0.29 x 100 is a hair below 29
    fitting = bisect_right(range(WHOLE), budget, key=lambda parts: at(parts).weights)
    if fitting == 0:
        least = ceil(1e4 * at(0).weights / network.weights) / 1e4
        raise InputError(
            f"pattern: density: expected at least {least:g}, the narrowest that {network.name} can be with"
            f" channels in steps of {multiple}, got {density:g}"
        )
    return at(fitting - 1)


def _steps(network: Network, multiple: int) -> dict[int, int]:
    """Channel count -> what its new count is a multiple of, so that grouped layers still divide."""
    steps: dict[int, int] = {}
    for layer in network.layers:
        if not layer.depthwise:
            for channels in (layer.in_channels, layer.out_channels):
                steps[channels] = lcm(steps.get(channels, multiple), layer.groups)
    return steps


def _layers(layers: tuple[Layer, ...], width: Callable[[int], int]) -> tuple[Layer, ...]:
    """The layers with new widths; a count that has been met keeps the width that it got."""
    first, last = layers[0], layers[-1]
    narrowed: list[Layer] = []
    new: dict[int, int] = {}
    before = first.in_channels
    for layer in layers:
        channels, outputs = layer.in_channels, layer.out_channels
        if layer is first:
            inputs = channels
        elif channels not in new and channels % before == 0:
            inputs = channels // before * new[before]
        else:
            inputs = new.setdefault(channels, width(channels))
        if layer.depthwise:
            outputs = new.setdefault(outputs, inputs * (outputs // channels))
        elif layer is not last:
            outputs = new.setdefault(outputs, width(outputs))
        groups = inputs if layer.depthwise else layer.groups
        narrowed.append(replace(layer, in_channels=inputs, out_channels=outputs, groups=groups))
        before = layer.out_channels
    return tuple(narrowed)
