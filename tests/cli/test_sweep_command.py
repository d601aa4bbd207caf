"""``sweep`` and ``plot`` as a user types them: notes, rows with a reason, any folder, any column."""

import json
import subprocess
import sys

import pandas as pd
import pytest
from accel_sim_calls import call

from accel_sim.report.files import ENERGY_NOTE

SWEEP = "workloads: [{network: net.csv}]\nmachines: [crisp_stc]\nvary:\n  array.rows: [8, 16]\n"


@pytest.fixture
def typed(tmp_path, monkeypatch, capsys):
    """Exit code and what a command says on either stream, in a folder with a network and a sweep."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.csv").write_text("name,kind,in_channels,out_channels\nfc,linear,64,40\n")
    (tmp_path / "s.yaml").write_text(SWEEP)

    def run(*words: str) -> tuple[int, str, str]:
        code = call(monkeypatch, *words)
        return (code, *capsys.readouterr())

    return run


def test_a_sweep_says_what_its_energies_leave_out(typed, tmp_path):
    code, out, err = typed("sweep", "s.yaml", "-o", "out", "--jobs", "1")
    assert (code, err) == (0, "")
    assert f"note: {ENERGY_NOTE}\n" in out
    assert json.loads((tmp_path / "out" / "sweep.json").read_text())["note"] == ENERGY_NOTE


def test_processes_that_run_points_import_no_pictures():
    code = "import sys, accel_sim.compare.sweep; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_points_that_cannot_be_run_are_rows_and_the_exit_code_says_so(typed, tmp_path):
    (tmp_path / "s.yaml").write_text(SWEEP + "  smem.capacity_bytes: [128, 262144]\n")
    for _ in range(2):  # also where nothing is left to run
        code, out, err = typed("sweep", "s.yaml", "-o", "out", "--jobs", "1")
        assert (code, err.count("\n")) == (2, 1)
        assert "mapping: expected tiles that fit smem.capacity_bytes=128" in err
        assert err.endswith("(2 of 4 points cannot be run: column error)\n")
        assert "4 points in out/results.csv" in out
    table = pd.read_csv(tmp_path / "out" / "results.csv")
    assert table["error"].notna().tolist() == [True, False, True, False]
    assert table["cycles"].notna().tolist() == [False, True, False, True]
    assert typed("plot", "out")[0] == 0


def test_a_grid_above_a_million_points_wants_a_yes(typed, tmp_path):
    numbers = ", ".join(map(str, range(1, 1002)))
    (tmp_path / "s.yaml").write_text(
        SWEEP + f"  dram.latency_cycles: [{numbers}]\n  dram.burst_bytes: [{numbers}]\n"
    )
    code, out, err = typed("sweep", "s.yaml", "-o", "out")
    assert (code, out) == (2, "")
    assert "expected at most 1,000,000 points, got 2,004,002; --yes runs them all the same" in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "picture"),
    [
        (["simulate", "net.csv"], "layers.png"),
        (["compare", "net.csv", "-m", "dense_tc", "-m", "nvidia_stc"], "comparison.png"),
        (["sweep", "s.yaml", "--jobs", "1"], "size.png"),
    ],
)
def test_plot_takes_the_folder_of_any_command(typed, tmp_path, words, picture):
    assert typed(*words, "-o", "out")[0] == 0
    code, out, _ = typed("plot", "out", "-o", "again")
    assert code == 0
    assert f"again/{picture}" in out.split()
    assert (tmp_path / "again" / picture).stat().st_size > 10_000


def test_plot_draws_any_column_over_any_other(typed, tmp_path):
    assert typed("sweep", "s.yaml", "-o", "out", "--jobs", "1")[0] == 0
    for x, y in (("array.rows", "cycles"), ("bound", "energy_pj"), ("stall_dram_cycles", "machine")):
        code, out, _ = typed("plot", "out", "--x", x, "--y", y)
        assert (code, out) == (0, f"out/{y}_over_{x}.png\n")
        assert (tmp_path / out.strip()).stat().st_size > 5_000


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--x", "array.row", "--y", "cycles"],
            "--x: expected a column of the table, got 'array.row'; did you mean 'array.rows'?",
        ),
        (
            ["--x", "array.rows", "--y", "cycle"],
            "--y: expected a column of the table, got 'cycle'; did you mean 'cycles'?",
        ),
        (["--x", "array.rows"], "--y: expected a column beside --x, got none"),
        (["--y", "cycles"], "--x: expected a column beside --y, got none"),
    ],
)
def test_a_column_that_is_not_there_is_named(typed, words, message):
    assert typed("sweep", "s.yaml", "-o", "out", "--jobs", "1")[0] == 0
    code, out, err = typed("plot", "out", *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_plain_words_of_the_program(typed):
    assert typed("--version")[1].startswith("accel-sim ")
    assert typed("simulate", "-h")[1] == typed("simulate", "--help")[1]
    assert "--install-completion" in typed("-h")[1]
