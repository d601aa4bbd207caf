"""One layer in time: every step, load, store, write-back and stall, as a trace and as a picture."""

from accel_sim.trace.cut import MOST_SPANS, TRACKS, Cut, Span, cut_spans
from accel_sim.trace.timeline import Timeline, trace_layer

__all__ = ["MOST_SPANS", "TRACKS", "Cut", "Span", "Timeline", "cut_spans", "trace_layer"]
