"""A new part is a new file: dropped into a copy of the packages, each is listed, run, verified and drawn."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from parts.new_parts import new_parts

import accel_sim

ROOT = Path(accel_sim.__file__).parents[1]
PACKAGES = ("accel_sim", "workloads", "hw_configs")
MAIN = "from accel_sim.cli import main; main()"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages with a new part of each kind, none of which was there."""
    folder = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file, text in new_parts().items():
        with (folder / file).open("x", encoding="utf-8") as new:
            new.write(text)
    return folder


def python(house: Path, code: str, *words: object) -> str:
    """What code prints that runs in the copy; kernels are not compiled, which would take longer."""
    environment = {**os.environ, "PYTHONPATH": str(house), "NUMBA_DISABLE_JIT": "1", "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        env=environment, cwd=house, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def accel_sim_says(house: Path, *words: object) -> str:
    return python(house, MAIN, *words)


def line_of(text: str, name: str) -> list[str]:
    """The cells of the only row of a printed table that begins with a name."""
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in text.splitlines() if "│" in line]
    (found,) = [row for row in rows if row[0] == name]
    return found


def test_each_is_listed_with_its_sentence(house):
    listed = json.loads(accel_sim_says(house, "list", "--json"))
    assert {
        (kind, name): sentence
        for kind, names in listed.items()
        for name, sentence in names.items()
        if name in {Path(file).stem for file in new_parts()}
    } == {
        ("architectures", "square_grid"): "as many rows as columns, in which sums stand still.",
        ("machines", "square_grid"): "A small square grid.",
        ("patterns", "checkers"): "every other weight, as on a board.",
        ("formats", "places"): "each value with its place in the matrix.",
        ("counters", "leakage"): "what runs out of the array while the layer lasts.",
        ("columns", "pace"): "effectual MACs of a cycle.",
        ("dram", "small_dram"): "A small DRAM.",
        ("networks", "two_layers"): "2 layers, 4,224 MACs, 264 weights",
        ("sweeps", "grid_sides"): "The side of a grid.",
    }


def test_a_network_is_simulated_with_all_of_them_and_drawn(house, tmp_path):
    words = "simulate", "two_layers", "-m", "square_grid", "-p", "checkers", "--exempt", "none"
    text = accel_sim_says(house, *words, "--layers", "-o", tmp_path)
    layers = pd.read_csv(tmp_path / "layers.csv")
    assert layers["layer"].tolist() == ["first", "second"]
    assert layers["kept"].tolist() == [27 * 8 / 2, 8 * 6 / 2]
    assert (layers["leakage_cycles"] == layers["cycles"]).all()
    assert (layers["energy_leakage_pj"] == 7.0 * layers["cycles"]).all()
    assert (layers["pace"] == layers["macs"] / layers["cycles"]).all()
    assert line_of(text, "leakage")[1].endswith(" mJ")
    assert float(line_of(text, "MACs of a cycle")[1]) > 0
    assert f"{layers['pace'][0]:.3f}" in line_of(text, "first")
    accel_sim_says(house, "plot", tmp_path)
    accel_sim_says(house, "plot", tmp_path, "--x", "cycles", "--y", "pace")
    assert {path.name for path in tmp_path.glob("*.png")} == {"layers.png", "pace_over_cycles.png"}


def test_the_engines_agree_on_the_machine(house):
    assert line_of(accel_sim_says(house, "verify", "square_grid", "--cases", 8), "square_grid") == [
        "square_grid",
        "8",
        "0",
    ]


def test_it_is_compared_with_machines_that_ship(house, tmp_path):
    machines = "-m", "square_grid", "-m", "dense_tc"
    text = accel_sim_says(house, "compare", "two_layers", *machines, "--unequal", "-o", tmp_path)
    table = pd.read_csv(tmp_path / "comparison.csv")
    assert {"pace", "leakage_cycles", "energy_leakage_pj"} <= set(table.columns)
    assert " pace " in text
    assert (tmp_path / "comparison.png").stat().st_size > 10_000


def test_a_sweep_runs_by_its_name(house, tmp_path):
    accel_sim_says(house, "sweep", "grid_sides", "-o", tmp_path, "--jobs", 1)
    assert pd.read_csv(tmp_path / "results.csv")["multipliers"].tolist() == [4, 4, 16, 16]
    assert (tmp_path / "size.png").exists()


def test_a_dram_is_chosen_by_its_name(house):
    settings = "--set", "dram.model=banked", "--set", "dram.device=small_dram"
    text = accel_sim_says(house, "simulate", "two_layers", "-m", "dense_tc", *settings, "--json")
    assert json.loads(text)["dram_activates"] > 0


def test_a_format_stores_a_mask(house):
    code = (
        "from workloads import KeepMask; from workloads.formats import parse_format;"
        "print(parse_format('places').metadata_bits(KeepMask.ones(3, 5)))"
    )
    assert python(house, code).strip() == str(15 * 4)
