"""What a sweep has finished is kept and not run again, whatever ended it and whatever is changed then."""

import errno
import json
import os
import signal

import pandas as pd
import pytest
from refusals import refusal, with_one_changed
from small_sweeps import Killed, run

from accel_sim.compare import sweep
from accel_sim.compare.finished import DONE
from accel_sim.compare.grid import load_sweep
from accel_sim.compare.sweep import run_sweep
from accel_sim.machine.shipped import config_folder
from workloads.inputs import locked


@pytest.mark.parametrize("finished", [0, 1, 7, 23])
def test_after_a_kill_only_the_missing_points_run(file, tmp_path, calls, finished):
    calls.most = finished
    with pytest.raises(Killed):
        run(file, tmp_path / "out")
    assert not (tmp_path / "out" / "results.csv").exists()
    calls.clear()
    calls.most = 1000
    table = run(file, tmp_path / "out")
    assert len(calls) == 24 - finished
    pd.testing.assert_frame_equal(table, run(file, tmp_path / "fresh"))


def test_a_finished_sweep_runs_nothing_and_says_that_all_is_done(file, tmp_path, calls):
    run(file, tmp_path / "out")
    before = (tmp_path / "out" / "results.csv").read_bytes()
    calls.clear()
    told = []
    run_sweep(load_sweep(file), tmp_path / "out", 1, told.append)
    assert (len(calls), told) == (0, [24])
    assert (tmp_path / "out" / "results.csv").read_bytes() == before


@pytest.mark.parametrize("cut", [1, 30, 10_000])
def test_a_last_line_that_was_cut_costs_its_own_point_and_no_other(file, tmp_path, calls, cut):
    run(file, tmp_path / "out")
    log = tmp_path / "out" / DONE
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:5]) + lines[5][:-cut])
    calls.clear()
    whole = 6 if cut == 1 else 5  # the newline alone is missing
    run(file, tmp_path / "out")
    assert len(calls) == 24 - whole
    run(file, tmp_path / "out")
    assert len(calls) == 24 - whole


@pytest.mark.parametrize(
    ("name", "old", "new", "again"),
    [
        ("mine.yaml", "latency_cycles: 100", "latency_cycles: 101", 12),
        ("net.csv", "64,40", "68,40", 24),
        ("sweep.yaml", "seed: 3", "seed: 4", 12),
        ("sweep.yaml", "seed: 3", "seed: 3, activation_density: 0.5", 12),
        ("sweep.yaml", "[8, 16]", "[8, 16, 32]", 12),
        ("sweep.yaml", "[8, 16]", "[16]", 0),
        ("mine.yaml", "# side by side", "# beside each other", 0),
    ],
)
def test_only_points_whose_input_changed_run_again(file, tmp_path, calls, name, old, new, again):
    run(file, tmp_path / "out")
    calls.clear()
    (tmp_path / name).write_text(with_one_changed((tmp_path / name).read_text(), old, new))
    run(file, tmp_path / "out")
    assert len(calls) == again


def test_a_changed_price_runs_its_points_again(file, tmp_path, calls):
    prices = (config_folder("energy") / "sparseloop_45nm.yaml").read_text()
    (tmp_path / "prices.yaml").write_text(prices)
    machine = (tmp_path / "mine.yaml").read_text()
    (tmp_path / "mine.yaml").write_text(machine.replace("sparseloop_45nm", str(tmp_path / "prices.yaml")))
    before = run(file, tmp_path / "out")
    calls.clear()
    (tmp_path / "prices.yaml").write_text(prices.replace("mac: 0.5608", "mac: 5.608"))
    after = run(file, tmp_path / "out")
    assert len(calls) == 12
    assert ((after["energy_pj"] > before["energy_pj"]) == (after["machine"] == "mine")).all()


def test_a_full_disk_is_one_line_and_leaves_whole_points(tmp_path, write, monkeypatch):
    file = write("array.rows: [4, 8, 16, 32]")
    really, room = os.write, [2]

    def full(handle: int, data: bytes) -> int:
        if b'{"key"' not in data[:10]:
            return really(handle, data)
        room[0] -= 1
        if room[0] >= 0:
            return really(handle, data)
        really(handle, data[:100])  # what still finds room
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("accel_sim.compare.finished.os.write", full)
        message = refusal(run, file, tmp_path / "out")
    assert f"{tmp_path / 'out' / DONE}: expected a file that can be written, got: No space left" in message
    log = (tmp_path / "out" / DONE).read_text()
    assert log.count("\n") == 2
    assert [list(json.loads(line)) for line in log.splitlines()] == [["key", "row"]] * 2
    assert not (tmp_path / "out" / "results.csv").exists()
    pd.testing.assert_frame_equal(run(file, tmp_path / "out"), run(file, tmp_path / "fresh"))


@pytest.mark.parametrize(
    ("line", "what"),
    [(b"\xff\xfe", "no UTF-8"), (b"{", "something else"), (b"[]", "something else"), (b"", "something else")],
)
def test_a_broken_line_among_finished_points_is_named(tmp_path, write, line, what):
    file = write("array.rows: [4, 8, 16]")
    run(file, tmp_path / "out")
    log = tmp_path / "out" / DONE
    lines = log.read_bytes().splitlines()
    broken = b"\n".join((lines[0], line, *lines[2:])) + b"\n"
    log.write_bytes(broken)
    message = refusal(run, file, tmp_path / "out")
    assert f"{log}:2: expected a finished point, as sweep writes them, got {what}" in message
    assert log.read_bytes() == broken
    log.write_bytes(b"\n".join((lines[0], *lines[2:])) + b"\n")
    assert len(run(file, tmp_path / "out")) == 3


def killed(place, point):
    """Stands for a point whose process the system kills."""
    if place == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return sweep._Outcome(place, point.key, {"error": "", "machine": "m"})


def test_a_killed_process_is_one_line_and_what_is_done_is_kept(tmp_path, write, monkeypatch):
    file = write("array.rows: [4, 8, 16, 32]")
    run(write("array.rows: [32]"), tmp_path / "out")
    file = write("array.rows: [4, 8, 16, 32]")
    before = (tmp_path / "out" / DONE).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(sweep, "_run_point", killed)
        message = refusal(run, file, tmp_path / "out", 2)
    assert "out: expected processes that live to the end, got one that was killed" in message
    assert (tmp_path / "out" / DONE).read_bytes().startswith(before)
    assert len(run(file, tmp_path / "out")) == 4


def test_a_folder_belongs_to_one_sweep_at_a_time(tmp_path, write):
    file = write("array.rows: [4]")
    with locked(tmp_path / "out"):
        said = refusal(run, file, tmp_path / "out")
    assert f"out: expected an output that no other run is writing, got one that process {os.getpid()}" in said
    assert len(run(file, tmp_path / "out")) == 1
