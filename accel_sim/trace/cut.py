"""The part of a timeline that is shown: a window of cycles, and no more spans than asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from accel_sim.architectures.contract import Ints
from accel_sim.trace.stalls import CAUSES
from accel_sim.trace.timeline import Timeline
from workloads.inputs import InputError

TRACKS = ARRAY, STALLS, WRITE_BACKS, LOADS, STORES = (
    "array",
    "stalls",
    "SMEM write-back",
    "DRAM load",
    "DRAM store",
)
MOST_SPANS = 20_000


class Span(NamedTuple):
    """Something that took time."""

    track: str
    name: str
    begin_cycle: int
    end_cycle: int
    arguments: dict[str, int]


class Cut(NamedTuple):
    """The spans that are shown, the first to begin first, and how many are not."""

    spans: list[Span]
    from_cycle: int
    to_cycle: int  # of the window that was asked for
    in_layer: int
    in_window: int
    next_cycle: int | None  # when the first one begins that is in the window and not shown

    @property
    def shown_to(self) -> int:
        """The cycle up to which nothing is missing."""
        return self.to_cycle if self.next_cycle is None else self.next_cycle

    def left_out(self) -> str:
        """One sentence on what is not shown, and how to see it; empty if that is nothing."""
        if self.next_cycle is not None:
            return (
                f"{len(self.spans):,} of {self.in_window:,} spans of cycles {self.from_cycle:,} to"
                f" {self.to_cycle:,} are here, those that begin first; the others begin at cycle"
                f" {self.next_cycle:,} or later: see them with --from-cycle {self.next_cycle}, or all with"
                f" --most {self.in_window}"
            )
        if self.in_window < self.in_layer:
            return (
                f"{self.in_window:,} of {self.in_layer:,} spans of the layer are here, those of cycles"
                f" {self.from_cycle:,} to {self.to_cycle:,}; see all without --from-cycle and --to-cycle"
            )
        return ""


class _Track(NamedTuple):
    """The spans of a track before they are made."""

    begin: Ints
    end: Ints
    span: Callable[[int], tuple[str, dict[str, int]]]  # name and arguments of the i-th


def cut_spans(
    timeline: Timeline, from_cycle: int = 0, to_cycle: int | None = None, most: int = MOST_SPANS
) -> Cut:
    """The spans that lie in a window of cycles, at most ``most`` of them.

    Raises:
        InputError: a window without a cycle of the layer, or nothing to be shown.
    """
    if not 0 <= from_cycle < timeline.end:
        raise InputError(
            f"from_cycle: expected 0 to {timeline.end - 1}, the last cycle of the layer, got {from_cycle}"
        )
    if to_cycle is not None and to_cycle <= from_cycle:
        raise InputError(f"to_cycle: expected more than from_cycle={from_cycle}, got {to_cycle}")
    if most < 1:
        raise InputError(f"most: expected a whole number of at least 1, got {most}")
    stop = timeline.end if to_cycle is None else min(to_cycle, timeline.end)
    tracks = list(_tracks(timeline))
    inside = [
        np.flatnonzero((t.begin < stop) & ((t.end > from_cycle) | (t.begin >= from_cycle))) for t in tracks
    ]
    # Of each track no more than can be shown, one more to know when the rest begins.
    first = [
        part[np.argsort(t.begin[part], kind="stable")[: most + 1]]
        for t, part in zip(tracks, inside, strict=True)
    ]
    begins = np.concatenate([t.begin[part] for t, part in zip(tracks, first, strict=True)])
    track = np.repeat(np.arange(len(tracks)), [len(part) for part in first])
    index = np.concatenate(first)
    order = np.argsort(begins, kind="stable")
    spans = [_span(TRACKS[track[i]], tracks[track[i]], int(index[i])) for i in order[:most]]
    return Cut(
        spans,
        from_cycle,
        stop,
        sum(len(t.begin) for t in tracks),
        sum(len(part) for part in inside),
        int(begins[order[most]]) if len(order) > most else None,
    )


def _span(name: str, track: _Track, i: int) -> Span:
    what, arguments = track.span(i)
    return Span(name, what, int(track.begin[i]), int(track.end[i]), arguments)


def _tracks(timeline: Timeline) -> Iterator[_Track]:
    """One for each of TRACKS, in their order."""
    table, plan, waits, inside = timeline.table, timeline.plan, timeline.waits, timeline.inside

    def step(s: int) -> tuple[str, dict[str, int]]:
        return f"step {s}", {
            "m_tile": int(plan.m_tile[s]),
            "first_column": int(plan.first_column[s]),
            "columns": int(plan.columns[s]),
            "passes": int(plan.passes[s]),
            "slots": int(inside.slots[s]),
            "stall_smem_bandwidth_cycles": int(inside.smem_bandwidth[s]),
            "stall_bank_conflict_cycles": int(inside.bank_conflict[s]),
            "stall_fill_drain_cycles": int(inside.fill_drain[s]),
        }

    def wait(i: int) -> tuple[str, dict[str, int]]:
        s = int(waits.step[i])
        return CAUSES[waits.cause[i]], {"before_step": s} if s < plan.count else {"after_step": s - 1}

    loading, closing = np.flatnonzero(plan.loads), np.flatnonzero(plan.closes)

    def load(i: int) -> tuple[str, dict[str, int]]:
        s = int(loading[i])
        return f"load {s}", {
            "weights_bytes": int(plan.weights_bytes[s]),
            "ifmap_bytes": int(plan.ifmap_bytes[s]),
            "latency_cycles": timeline.latency_cycles,
        }

    def store(u: int) -> tuple[str, dict[str, int]]:
        return f"store {u}", {"step": int(closing[u]), "bytes": int(plan.stored_bytes[closing[u]])}

    def write_back(u: int) -> tuple[str, dict[str, int]]:
        return f"write-back {u}", {"step": int(closing[u]), "bytes": int(plan.output_bytes[closing[u]])}

    yield _Track(table["start"], table["end"], step)
    yield _Track(waits.begin, waits.end, wait)
    yield _Track(table["write_back"][closing], table["written"][closing], write_back)
    yield _Track(table["load"][loading], table["loaded"][loading], load)
    yield _Track(table["store"][closing], table["stored"][closing], store)
