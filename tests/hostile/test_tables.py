"""Network tables, topologies and configurations of SCALE-Sim, result tables: every cell, and damage."""

from functools import partial
from pathlib import Path

import pytest
from ends import a_share, none_wrong, wrong_call, wrong_result
from hypothesis import assume, given
from hypothesis import strategies as st
from small_files import CONVOLUTIONS, GEMMS, NETWORK

from accel_sim import load_machine, simulate
from accel_sim.report.files import read_table
from accel_sim.report.plots import plot_table
from accel_sim.results import SimulationResult
from workloads import load_workload

CFG = """\
[general]
run_name = run
[architecture_presets]
ArrayHeight: 8
ArrayWidth: 8
Dataflow: ws
[run_presets]
InterfaceBandwidth: CALC
"""
CELLS = {
    "nothing": "",
    "minus one": "-1",
    "zero": "0",
    "a fraction": "1.5",
    "a million": "1000000",
    "a trillion": "1000000000000",
    "beyond 64 bits": "9223372036854775808",
    "5,000 digits": "9" * 5000,
    "other digits": "\N{ARABIC-INDIC DIGIT THREE}",
    "no number": "nan",
    "text": "many",
    "markup": "edge[/foo]",
    "colour": "\x1b[31mred",
    "5,000 characters": "a" * 5000,
    "a quote": '"',
    "a formula": "=1+1",
    "a null character": "\0",
}
TABLES = {"net": NETWORK, "convolutions": CONVOLUTIONS, "gemms": GEMMS}
PLACES = [
    (name, row, column)
    for name, text in TABLES.items()
    for row in (0, 1)
    for column in range(len(text.splitlines()[0].split(",")))
]
KEYS = [line for line in CFG.splitlines() if not line.startswith("[")]
DAMAGED = {
    "empty": b"",
    "a line end": b"\n",
    "zeros": b"\0" * 1000,
    "UTF-16": NETWORK.encode("utf-16"),
    "half a character": NETWORK.encode() + b"\xc3",
    "a byte order mark": b"\xef\xbb\xbf" + NETWORK.encode(),
    "carriage returns": NETWORK.replace("\n", "\r\n").encode(),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "a header alone": NETWORK.splitlines()[0].encode(),
    "a layer twice": (NETWORK + NETWORK.splitlines()[1] + "\n").encode(),
    "a header twice": (NETWORK.splitlines()[0] + "\n" + NETWORK).encode(),
    "a quote that never ends": NETWORK.replace("first", '"first').encode(),
    "a row cut short": NETWORK.rstrip().encode()[:-6],
    "10,000 commas": b"," * 10_000,
    "other columns": b"a,b,c\n1,2,3\n",
}
CASES = sum(len(a_share(CELLS, place)) for place in [*PLACES, *KEYS]) + 2 * len(DAMAGED)


def run(path: Path, machine: str | Path = "crisp_stc") -> SimulationResult:
    """Simulate what a table says."""
    return simulate(load_workload(path), load_machine(machine))


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_as_they_are_give_results(name, small):
    assert wrong_result(run(small / f"{name}.csv")) is None


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("name", "row", "column"), PLACES)
def test_a_hostile_cell_ends_in_one_line_or_a_result(name, row, column, tmp_path):
    path, found = tmp_path / f"{name}.csv", {}
    for what, cell in a_share(CELLS, (name, row, column)).items():
        lines = [line.split(",") for line in TABLES[name].splitlines()]
        lines[row][column] = cell
        path.write_text("\n".join(",".join(line) for line in lines), encoding="utf-8")
        found[what] = wrong_call(partial(run, path), wrong_result)
    none_wrong(found)


@pytest.mark.parametrize("line", KEYS)
def test_a_hostile_value_of_a_configuration_ends_in_one_line_or_a_result(line, small, tmp_path):
    path, found = tmp_path / "x.cfg", {}
    for what, cell in a_share(CELLS, line).items():
        key = line[: line.index(":" if ":" in line else "=") + 1]
        path.write_text(CFG.replace(line, f"{key} {cell}"), encoding="utf-8")
        found[what] = wrong_call(partial(run, small / "net.csv", path), wrong_result)
    none_wrong(found)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("what", DAMAGED)
def test_a_damaged_table_ends_in_one_line_or_a_result(what, tmp_path):
    path = tmp_path / "net.csv"
    path.write_bytes(DAMAGED[what])
    drawn = wrong_call(lambda: plot_table(read_table(path), tmp_path / "pictures"))
    none_wrong({"a network": wrong_call(partial(run, path), wrong_result), "a result table": drawn})


@pytest.mark.usefixtures("small")
@given(st.data())
def test_damaged_text_ends_in_one_line_or_a_result(tmp_path_factory, data):
    """A piece is cut out of a good table, or something is written into it."""
    text = data.draw(st.sampled_from(list(TABLES.values())))
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(len(text), start + 20)))
    text = text[:start] + data.draw(st.text(max_size=12)) + text[stop:]
    assume(not any("\ud800" <= c <= "\udfff" for c in text))
    path = tmp_path_factory.mktemp("damaged") / "net.csv"
    path.write_text(text, encoding="utf-8")
    none_wrong({text: wrong_call(partial(run, path), wrong_result)})
