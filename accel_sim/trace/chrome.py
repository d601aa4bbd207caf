"""A trace, and metadata of its run, as Perfetto (ui.perfetto.dev) and chrome://tracing read it.

The Trace Event Format: complete events (``"ph": "X"``) with a begin and a duration in microseconds. A
cycle is written as a microsecond, so that every number is whole whatever the machine's clock.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from accel_sim import counters as c
from accel_sim.trace.cut import TRACKS, Cut, Span
from accel_sim.trace.timeline import Timeline
from workloads.inputs import replace_atomically

PROCESS = 1


def metadata(timeline: Timeline, cut: Cut, workload: str) -> dict[str, Any]:
    """What was run, what is shown of it, and what is not.

    Args:
        workload: where the layer and its mask come from.
    """
    counters = {name: int(timeline.counts[getattr(c.at, name)]) for name in ("compute_cycles", *c.STALLS)}
    return {
        "layer": timeline.layer,
        "workload": workload,
        "machine": timeline.machine.label,
        "mode": timeline.mode,
        "mapping": timeline.mapping,
        "engine": timeline.engine,
        "fill_drain": timeline.machine.fill_drain,
        "cycles": timeline.cycles,
        **counters,
        "clock_hz": timeline.machine.clock_hz,
        "time": "a microsecond of the viewer is a cycle of the machine",
        "from_cycle": cut.from_cycle,
        "to_cycle": cut.to_cycle,
        "spans_written": len(cut.spans),
        "spans_in_window": cut.in_window,
        "spans_in_layer": cut.in_layer,
        "left_out": cut.left_out(),
    }


def save_trace(path: str | os.PathLike[str], cut: Cut, about: Mapping[str, Any]) -> None:
    """Write the spans as a trace, an event a line; the same spans give the same bytes.

    Args:
        about: as :func:`metadata` gives it.
    """
    head = json.dumps({"displayTimeUnit": "ms", "otherData": about}, indent=1, ensure_ascii=False)
    events = ",\n".join(json.dumps(event, ensure_ascii=False) for event in _events(cut, about))
    text = f'{head[:-2]},\n "traceEvents": [\n{events}\n ]\n}}\n'

    def write(target: Path) -> None:
        target.write_text(text, encoding="utf-8")

    replace_atomically(path, write)


def _events(cut: Cut, about: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    places = _places(cut.spans)
    order = sorted(set(places), key=lambda place: (TRACKS.index(place[0]), place[1]))
    threads = {place: number for number, place in enumerate(order, 1)}
    yield _named("process_name", 0, name=f"{about['layer']} on {about['machine']}")
    for (track, lane), number in threads.items():
        yield _named("thread_name", number, name=f"{track} ({lane + 1})" if lane else track)
        yield _named("thread_sort_index", number, sort_index=number)
    for span, place in zip(cut.spans, places, strict=True):
        yield {
            "ph": "X",
            "name": span.name,
            "cat": span.track,
            "pid": PROCESS,
            "tid": threads[place],
            "ts": span.begin_cycle,
            "dur": span.end_cycle - span.begin_cycle,
            "args": span.arguments,
        }


def _named(what: str, thread: int, **arguments: str | int) -> dict[str, Any]:
    return {"ph": "M", "name": what, "pid": PROCESS, "tid": thread, "args": arguments}


def _places(spans: Sequence[Span]) -> list[tuple[str, int]]:
    """Track and lane of each span: on a lane nothing overlaps, as the format wants it of a thread."""
    busy_until: dict[str, list[int]] = {}
    places = []
    for span in spans:
        lanes = busy_until.setdefault(span.track, [])
        free = [lane for lane, until in enumerate(lanes) if until <= span.begin_cycle]
        lane = free[0] if free else len(lanes)
        lanes[lane : lane + 1] = [span.end_cycle]
        places.append((span.track, lane))
    return places
