"""Stepped ``gather``: the order of output channels, dealt onto PEs (rules 10 and 11a)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def order_of(survivors: Sequence[int], distribution: str) -> tuple[int, ...]:
    """The output channels as m tiles take them, by the survivors of each."""
    channels = range(len(survivors))
    if distribution == "row_sorted":
        return tuple(sorted(channels, key=lambda channel: -survivors[channel]))
    return tuple(channels)


def deal(items: Sequence[T], costs: Sequence[int], workers: int, dynamic: bool) -> list[list[T]]:
    """What each worker is dealt: in turn, or whoever is done first, of equals the first, the next."""
    queues: list[list[T]] = [[] for _ in range(workers)]
    done_at = [0] * workers
    for i, (item, cost) in enumerate(zip(items, costs, strict=True)):
        worker = done_at.index(min(done_at)) if dynamic else i % workers
        queues[worker].append(item)
        done_at[worker] += cost
    return queues
