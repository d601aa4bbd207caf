"""Each table gets its pictures; another table is refused."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import image

from accel_sim import load_machine, simulate
from accel_sim.compare.comparison import compare
from accel_sim.report.files import ENERGY_NOTE
from accel_sim.report.plots import part_name, plot_table
from accel_sim.report.sweep_plots import plot_heat_map, plot_sizes, varied_fields
from workloads import gemm_workload
from workloads.inputs import InputError

WORKLOAD = gemm_workload(64, 256, 300, name="g")


def comparison() -> pd.DataFrame:
    return compare([("a", WORKLOAD, load_machine(name)) for name in ("dense_tc", "crisp_stc")])[0]


def run() -> pd.DataFrame:
    return simulate(WORKLOAD, load_machine("dense_tc")).layers


def sweep() -> pd.DataFrame:
    rows = []
    for lanes in (8, 16):
        for rows_ in (4, 8, 16):
            result = simulate(WORKLOAD, load_machine("dense_tc", {"array.lanes": lanes, "array.rows": rows_}))
            varied = {"array.lanes": lanes, "array.rows": rows_, "array.cores": 4}
            rows.append({"pattern": "", **varied, "multipliers": result.multipliers, **result.summary()})
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("table", "names"),
    [(comparison, ["comparison.png"]), (run, ["layers.png"]), (sweep, ["size.png", "heat_map.png"])],
)
def test_a_table_becomes_pictures_that_are_not_blank(tmp_path, table, names):
    made = plot_table(table(), tmp_path / "pictures")
    assert [path.name for path in made] == names
    for path in made:
        assert path.read_bytes().startswith(b"\x89PNG\r\n")
        assert path.stat().st_size > 10_000
        pixels = image.imread(path)
        assert min(pixels.shape[:2]) > 200
        assert len(np.unique(pixels.reshape(-1, pixels.shape[2]), axis=0)) > 20


def test_the_same_table_gives_the_same_bytes(tmp_path):
    first, second = (plot_table(comparison(), tmp_path / name)[0].read_bytes() for name in "ab")
    assert first == second


def test_a_table_that_was_saved_gives_the_picture_that_it_gave_before(tmp_path):
    table = sweep()
    table.to_csv(tmp_path / "t.csv", index=False)  # an empty pattern comes back as NaN
    before, after = (
        plot_table(t, tmp_path / n) for t, n in ((table, "a"), (pd.read_csv(tmp_path / "t.csv"), "b"))
    )
    assert [p.read_bytes() for p in before] == [p.read_bytes() for p in after]


def test_fields_that_vary_are_dotted_and_take_several_values():
    assert varied_fields(sweep()) == ["array.lanes", "array.rows"]


def test_a_heat_map_shows_the_best_of_each_cell_in_milliseconds():
    table = sweep()
    panel = plot_heat_map(table, ["array.lanes", "array.rows"]).axes[0]
    shown = np.array([float(text.get_text()) for text in panel.texts]).reshape(3, 2)
    for (i, j), value in np.ndenumerate(shown):
        cell = table[(table["array.rows"] == (4, 8, 16)[i]) & (table["array.lanes"] == (8, 16)[j])]
        assert value == pytest.approx(1e3 * cell["seconds"].min(), rel=5e-3)


def test_the_line_over_sizes_is_the_best_of_each_size():
    table = sweep()
    line = plot_sizes(table).axes[0].lines[1]
    best = table.groupby("multipliers")["seconds"].min() * 1e3
    assert line.get_xdata().tolist() == best.index.tolist()
    assert line.get_ydata().tolist() == best.tolist()


def test_names_of_parts_are_words():
    assert part_name("stall_smem_bandwidth_cycles") == "stall: smem bandwidth"
    assert part_name("energy_dram_pj") == "dram"
    assert part_name("compute_cycles") == "compute"


@pytest.mark.parametrize("drop", ["cycles", "machine", "energy_dram_pj", "stall_dram_cycles"])
def test_a_table_without_a_column_that_its_picture_needs_is_refused(tmp_path, drop):
    with pytest.raises(InputError, match="table: expected the columns of a sweep, a comparison or a run"):
        plot_table(comparison().drop(columns=drop), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_text_where_numbers_belong_is_refused(tmp_path):
    with pytest.raises(InputError, match="table: expected the columns"):
        plot_table(run().assign(compute_cycles="many"), tmp_path)


def test_logarithmic_axes_have_plain_numbers_and_no_small_ticks():
    for axes in plot_sizes(sweep()).axes:
        axes.figure.canvas.draw()
        for axis in (axes.xaxis, axes.yaxis):
            words = [label.get_text() for label in axis.get_ticklabels()]
            assert len(words) >= 2
            assert all(float(word.replace(",", "")) >= 0 for word in words)
            assert axis.get_scale() == "log"
            assert len(axis.get_minor_ticks()) == 0


def test_pictures_of_a_sweep_say_what_its_energies_leave_out():
    for figure in (plot_sizes(sweep()), plot_heat_map(sweep(), ["array.lanes", "array.rows"])):
        assert ENERGY_NOTE in figure.get_suptitle()


def test_a_name_is_drawn_as_it_is_written(tmp_path):
    names = ["$\\frac{", "\x1b[31m", "層"]
    table = pd.concat([comparison().assign(label=name) for name in names])
    (path,) = plot_table(table, tmp_path)
    assert path.stat().st_size > 10_000
