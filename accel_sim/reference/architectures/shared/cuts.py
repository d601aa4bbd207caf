"""Stepped: channels, columns or k cut into runs; a channel's convolution group (rules 11c and 11e)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar, overload

from workloads.layer import Layer

T = TypeVar("T")


def channels_together(layer: Layer, most: int) -> int:
    """The most channels that divide those of a convolution group, where there are several (11c, 11e)."""
    if layer.groups == 1:
        return most
    of_group = layer.m_dim // layer.groups
    return max(count for count in range(1, most + 1) if of_group % count == 0)


def conv_group_of(layer: Layer, out_channel: int) -> int:
    """The convolution group of an output channel, stepped."""
    return out_channel // (layer.m_dim // layer.groups)


@overload
def cut(whole: range, size: int) -> list[range]: ...
@overload
def cut(whole: Sequence[T], size: int) -> list[Sequence[T]]: ...
def cut(whole: Sequence[T], size: int) -> Sequence[Sequence[T]]:
    """Cut into runs of ``size``; the last may be shorter."""
    return [whole[i : i + size] for i in range(0, len(whole), size)]
