"""A trace holds every span of the layer, its stalls are the layer's, and what is left out is said."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from matplotlib import image
from tile_fields import changed, shipped

from accel_sim import counters as c
from accel_sim import load_machine, simulate
from accel_sim.machine.shipped import config_names
from accel_sim.report.plots import save_figure
from accel_sim.report.timeline_picture import MOST_BARS, plot_timeline
from accel_sim.trace import TRACKS, Timeline, cut_spans, trace_layer
from accel_sim.trace.chrome import metadata, save_trace
from accel_sim.verify.layers import make_layer, seeded_pick
from studies.timing_diagram import PICTURE, by_hand
from workloads import Layer, gemm_workload
from workloads.inputs import InputError
from workloads.workload import MaskedLayer

CHANGES = {
    "smem.bandwidth_bytes_per_cycle": (16, 128),
    "smem.capacity_bytes": (32_768, 262_144),
    "dram.bandwidth_bytes_per_cycle": (2, 32, 1000),
    "dram.latency_cycles": (0, 100),
    "rf.buffers": (1, 2),
    "array.columns": (8, 128),
    "fill_drain": ("counted", "counted", "hidden"),
}


def traced(machine: str, seed: int, most_n: int = 400) -> tuple[MaskedLayer, Timeline]:
    """A random layer on a machine with other memories."""
    pick = seeded_pick(seed)
    banked = shipped(machine).dram.model == "banked"
    keys = [key for key in CHANGES if not (banked and key.startswith(("dram", "smem")))]
    other = changed(machine, {key: pick(CHANGES[key]) for key in keys})
    masked = make_layer(pick, other, most_m=200, most_k=200, most_n=most_n)
    try:
        return masked, trace_layer(masked, other)
    except InputError as error:
        if "expected tiles that fit" in str(error):
            reject()  # the smaller SMEM is too small for this layer
        raise


def whole(timeline: Timeline):
    return cut_spans(timeline, most=10**9).spans


@pytest.mark.parametrize("machine", config_names("machines"))
@given(seed=st.integers(0, 2**32))
def test_the_stalls_of_the_spans_are_those_of_the_layer(machine, seed):
    _, timeline = traced(machine, seed)
    found = dict.fromkeys(timeline.stalls(), 0)
    served = 0
    for span in whole(timeline):
        if span.track == "stalls":
            found[span.name] += span.end_cycle - span.begin_cycle
        if span.track == "array":
            for cause in ("smem_bandwidth", "bank_conflict", "fill_drain"):
                found[cause] += span.arguments[f"stall_{cause}_cycles"]
            served += span.arguments["slots"]
    # Uneven cores lengthen no step: they add passes.
    found["imbalance"] = served - int(timeline.counts[c.at.compute_cycles])
    assert found == timeline.stalls()


@pytest.mark.parametrize("machine", config_names("machines"))
@given(seed=st.integers(0, 2**32))
def test_steps_and_stalls_fill_the_time_and_bytes_are_those_of_the_layer(machine, seed):
    _, timeline = traced(machine, seed)
    spans = whole(timeline)
    busy = sorted((s.begin_cycle, s.end_cycle) for s in spans if s.track in ("array", "stalls"))
    assert busy[0][0] == 0
    assert all(before[1] == after[0] for before, after in pairwise(busy))
    assert busy[-1][1] == timeline.cycles
    stored = sum(s.arguments["bytes"] for s in spans if s.track == "DRAM store")
    assert stored == timeline.counts[c.at.dram_write_bytes]
    loads = [s.arguments for s in spans if s.track == "DRAM load"]
    hidden = timeline.machine.fill_drain == "hidden"
    if not hidden:
        read = sum(load["weights_bytes"] + load["ifmap_bytes"] for load in loads)
        assert read == timeline.counts[c.at.dram_read_bytes]


@given(seed=st.integers(0, 2**32))
def test_every_output_is_worked_on_by_the_step_that_says_so(seed):
    masked, timeline = traced("crisp_stc", seed)
    closed = np.zeros((timeline.plan.m_tile.max() + 1, masked.layer.n_dim), np.int64)
    for span in whole(timeline):
        if span.track == "SMEM write-back":
            s = span.arguments["step"]
            first = timeline.plan.first_column[s]
            closed[timeline.plan.m_tile[s], first : first + timeline.plan.columns[s]] += 1
    assert (closed == 1).all()


@pytest.mark.parametrize("fill_drain", ["counted", "hidden"])
def test_either_engine_gives_the_same_spans(fill_drain):
    machine = load_machine("crisp_stc", {"array.columns": 8, "fill_drain": fill_drain})
    masked = make_layer(seeded_pick(9), machine, 130, 60, 60)
    fast, stepped = (trace_layer(masked, machine, engine) for engine in ("fast", "reference"))
    assert cut_spans(fast) == cut_spans(stepped)
    assert np.array_equal(fast.counts, stepped.counts)


def test_tracing_changes_nothing():
    workload, machine = gemm_workload(100, 200, 300), load_machine("nvidia_stc")
    (row,) = simulate(workload, machine).layers.to_dict("records")
    timeline = trace_layer(workload.layers[0], machine)
    assert (timeline.cycles, timeline.mapping) == (row["cycles"], row["mapping"])
    assert all(row[name] == value for name, value in zip(c.NAMES, timeline.counts, strict=True))


@pytest.fixture(scope="module")
def long_one():
    """Some thousands of spans."""
    machine = load_machine("crisp_stc", {"array.columns": 8, "dram.bandwidth_bytes_per_cycle": 4})
    layer = MaskedLayer(Layer.gemm("long", 256, 64, 1600), gemm_workload(256, 64, 1).layers[0].mask)
    return trace_layer(layer, machine)


def test_of_too_many_spans_the_first_are_shown_and_the_rest_is_named(long_one):
    spans = whole(long_one)
    cut = cut_spans(long_one, most=500)
    assert cut.spans == spans[:500]
    assert cut.next_cycle == cut.shown_to == spans[500].begin_cycle
    assert (cut.in_layer, cut.in_window) == (len(spans), len(spans))
    assert f"500 of {len(spans):,} spans" in cut.left_out()
    assert f"--from-cycle {cut.next_cycle}, or all with --most {len(spans)}" in cut.left_out()
    rest = cut_spans(long_one, from_cycle=cut.next_cycle, most=10**9)
    assert set(map(str, cut.spans)) | set(map(str, rest.spans)) == set(map(str, spans))


def test_a_window_holds_what_lies_in_it(long_one):
    cut = cut_spans(long_one, 5_000, 9_000)
    inside = [s for s in whole(long_one) if s.end_cycle > 5_000 and s.begin_cycle < 9_000]
    assert sorted(map(str, cut.spans)) == sorted(map(str, inside))
    assert cut.next_cycle is None
    assert "those of cycles 5,000 to 9,000" in cut.left_out()
    assert cut_spans(long_one, most=10**9).left_out() == ""


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ((-1,), "from_cycle: expected 0 to"),
        ((10**9,), "from_cycle: expected 0 to"),
        ((5, 5), "to_cycle: expected more than from_cycle=5, got 5"),
        ((0, None, 0), "most: expected a whole number of at least 1, got 0"),
    ],
)
def test_a_window_without_a_cycle_is_refused(long_one, window, message):
    with pytest.raises(InputError, match=message):
        cut_spans(long_one, *window)


def test_an_unknown_engine_is_refused():
    with pytest.raises(InputError, match="engine: expected a known one, got 'fats'; did you mean 'fast'"):
        trace_layer(gemm_workload(1, 1, 1).layers[0], load_machine("crisp_stc"), "fats")


def saved(timeline: Timeline, path: Path, **window) -> dict:
    cut = cut_spans(timeline, **window)
    save_trace(path, cut, metadata(timeline, cut, "a test"))
    return json.loads(path.read_text())


def test_the_trace_is_of_the_chrome_format(long_one, tmp_path):
    data = saved(long_one, tmp_path / "trace.json")
    assert data["displayTimeUnit"] == "ms"
    assert data["otherData"]["cycles"] == long_one.cycles
    assert "cycle" in data["otherData"]["time"]
    events = [event for event in data["traceEvents"] if event["ph"] == "X"]
    assert len(events) == data["otherData"]["spans_written"] == len(whole(long_one))
    assert {event["ph"] for event in data["traceEvents"]} == {"X", "M"}
    names = {e["tid"]: e["args"]["name"] for e in data["traceEvents"] if e["name"] == "thread_name"}
    assert {name.partition(" (")[0] for name in names.values()} == set(TRACKS)
    ends = dict.fromkeys(names, 0)  # on a thread nothing overlaps
    for event in events:
        assert ends[event["tid"]] <= event["ts"]
        ends[event["tid"]] = event["ts"] + event["dur"]
        assert names[event["tid"]].startswith(event["cat"])


def test_what_is_left_out_stands_in_the_trace(long_one, tmp_path):
    about = saved(long_one, tmp_path / "t.json", most=10)["otherData"]
    assert about["spans_written"] == 10
    assert about["left_out"].startswith("10 of ")
    assert saved(long_one, tmp_path / "t.json")["otherData"]["left_out"] == ""


def test_the_same_layer_gives_the_same_bytes(long_one, tmp_path):
    for name in "ab":
        saved(long_one, tmp_path / f"{name}.json")
        save_figure(plot_timeline(long_one, cut_spans(long_one)), tmp_path / f"{name}.png")
    for suffix in ("json", "png"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


@pytest.mark.parametrize("most", [20, MOST_BARS, MOST_BARS + 1, 10**6])
def test_few_and_many_spans_are_drawn(long_one, most, tmp_path):
    path = save_figure(plot_timeline(long_one, cut_spans(long_one, most=most)), tmp_path / "t.png")
    pixels = image.imread(path)
    assert len(np.unique(pixels.reshape(-1, pixels.shape[2]), axis=0)) > 20


def test_the_share_of_time_in_the_picture_is_that_of_the_spans(long_one):
    cut = cut_spans(long_one, most=10**6)
    axes = plot_timeline(long_one, cut).axes[0]
    for lane, track in ((2, "SMEM write-back"), (4, "DRAM store")):
        (drawn,) = (p for p in axes.patches if p.get_data().baseline[0] == lane + 0.36)
        values, edges, bottom = drawn.get_data()
        area = ((bottom - values) * np.diff(edges)).sum() / 0.72
        assert area == pytest.approx(sum(s.end_cycle - s.begin_cycle for s in cut.spans if s.track == track))


def test_the_timing_diagram_shows_what_the_document_says():
    _, cut = by_hand()
    shown = {(s.track, s.name): (s.begin_cycle, s.end_cycle) for s in cut.spans if s.track != "stalls"}
    assert shown == {
        ("DRAM load", "load 0"): (0, 1286),
        ("DRAM load", "load 1"): (1186, 2310),
        ("array", "step 0"): (1297, 1809),
        ("array", "step 1"): (2321, 2833),
        ("SMEM write-back", "write-back 0"): (1815, 1815 + 64),
        ("SMEM write-back", "write-back 1"): (2839, 2903),
        ("DRAM store", "store 0"): (2210, 2466),
        ("DRAM store", "store 1"): (2903, 3159),
    }
    stalls = [(s.name, s.begin_cycle, s.end_cycle) for s in cut.spans if s.track == "stalls"]
    assert stalls == [
        ("fill_drain", 0, 1297),
        ("dram", 1809, 2310),
        ("fill_drain", 2310, 2321),
        ("fill_drain", 2833, 3159),
    ]
    by_the_document = (PICTURE.parent / "machine" / "worked_example.md").read_text(encoding="utf-8")
    assert f"](../{PICTURE.name})" in by_the_document
    assert "(1,809 to 2,310)" in by_the_document
    assert "1,815 in 64 cycles" in by_the_document
    for cycles in {cycle for span in shown.values() for cycle in span} - {0, 1815 + 64}:
        assert f"{cycles:,}" in by_the_document
    assert PICTURE.stat().st_size < 120_000
