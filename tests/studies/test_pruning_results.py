"""The study that joins an experiment's accuracies with simulated cost, on networks of a moment."""

from dataclasses import replace

import pandas as pd
import pytest

from accel_sim.report.plots import save_figure
from pruning.data import load_fashion_mnist
from pruning.experiment.execute import Outcome
from pruning.experiment.plan import Run
from pruning.experiment.table import result_row, write_tables
from pruning.methods import method_names
from pruning.run.config import RunConfig
from pruning.run.prune import prune_to_file
from studies import pruning_pictures, pruning_results
from workloads.inputs import InputError

QUICK = RunConfig(
    (2, 4), stages=1, steps=1, last_steps=0, batch_size=8, samples=4, calibration=16, sparsity=0.8
)
RUNS = [
    replace(QUICK, pattern="dense", sparsity=0.0),
    replace(QUICK, pattern="crisp(2:4, block=8)"),
    replace(QUICK, pattern="crisp(2:4, block=8)", seed=1),
    replace(QUICK, pattern="nm(1:8)", sparsity=0.0),
    replace(QUICK, pattern="unstructured", exempt="first,last"),
    replace(QUICK, pattern="channel"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, tiny_checkpoint, tiny_data):
    output, data, rows = tmp_path_factory.mktemp("experiment"), load_fashion_mnist(tiny_data), []
    for config in RUNS:
        run = Run("two", config)
        prune_to_file(config, tiny_checkpoint, data, output / run.file_name)
        rows.append(result_row(Outcome(run, output / run.file_name)))
    rows.append(result_row(Outcome(Run("two", replace(QUICK, seed=9)), output / "none", "it failed")))
    write_tables(rows, output)
    return output


def test_every_network_runs_on_the_machines_that_suit_it(folder):
    found = pruning_results.simulated(folder)
    machines = found.groupby("pattern", sort=False)["machine"].unique().map(list).to_dict()
    assert machines == {
        "dense": ["dense_tc"],
        "crisp(2:4, block=8)": ["crisp_stc"],
        "nm(1:8)": ["flexible_stc"],
        "unstructured": ["unstructured_gather", "dstc"],
        "channel": ["dense_tc", "edge_systolic"],
    }
    dense = found[found["pattern"] == "dense"].iloc[0]
    assert (dense["speedup"], dense["energy_ratio"]) == (1, 1)
    assert (found["speedup"] * found["cycles"] / dense["cycles"]).to_list() == pytest.approx(
        [1.0] * len(found)
    )
    sparse = found[found["pattern"].str.startswith(("crisp", "unstructured", "channel"))]
    assert (sparse["weights"] < 0.3 * dense["weights"]).all()
    assert (sparse["macs"] < dense["macs"]).all()


def test_seeds_are_one_row_and_one_machine_serves_all(folder):
    table = pruning_results.over_seeds(pruning_results.simulated(folder, "tpu_v1_like"))
    assert set(table["machine"]) == {"tpu_v1_like"}
    assert table.set_index("pattern")["seeds"].to_dict() == {
        "dense": 1,
        "crisp(2:4, block=8)": 2,
        "nm(1:8)": 1,
        "unstructured": 1,
        "channel": 1,
    }


def test_runs_that_differ_in_more_than_their_seed_are_rows_of_their_own(folder):
    runs = pd.read_csv(folder / "runs.csv")
    crisp = runs["pattern"].str.startswith("crisp")
    runs.loc[crisp & (runs["seed"] == 1), "learning_rate"] = 0.1
    found = pruning_results.simulated(folder).merge(runs[["file", "learning_rate"]], on="file")
    found = found.drop(columns="learning_rate_x").rename(columns={"learning_rate_y": "learning_rate"})
    table = pruning_results.over_seeds(found)
    assert table["seeds"].max() == 1
    assert table.loc[table["pattern"].str.startswith("crisp"), "learning_rate"].tolist() == [0.05, 0.1]


@pytest.mark.parametrize(
    ("pattern", "machine"),
    [
        ("gs(banks=8)", "unstructured_gather"),
        ("random(seed=1)", "unstructured_gather"),
        ("nm(1:4)", "crisp_stc"),
    ],
)
def test_methods_have_machines(pattern, machine):
    assert pruning_results.machines_of(pattern)[0] == machine
    assert {*pruning_results.MACHINES, "nm"} <= {*method_names()}
    assert pruning_results.machines_of("a_new_one") == pruning_results.MACHINES["unstructured"]


@pytest.mark.parametrize(
    "kept", ["crisp(2:4, block=8)", "nm(1:8)", "channel", "dense", "unstructured"], ids=lambda text: text[:5]
)
def test_it_draws_whatever_was_run(folder, tmp_path, kept):
    """One pattern beside dense, blind to the user's classes, at no usual sparsity."""
    found = pruning_results.simulated(folder)
    found = found[found["pattern"].isin([kept, "dense"])].assign(saliency_classes="all")
    table = pruning_results.over_seeds(found)
    save_figure(pruning_pictures.plot_accuracy(table, "tiny"), tmp_path / "a.png")
    save_figure(pruning_pictures.plot_pareto(table, "tiny"), tmp_path / "b.png")
    save_figure(pruning_pictures.plot_layer_densities(found, folder), tmp_path / "c.png")
    assert len(list(tmp_path.glob("*.png"))) == 3


def test_it_draws(folder, tmp_path):
    found = pruning_results.simulated(folder)
    table = pruning_results.over_seeds(found)
    pictures = {
        "accuracy": pruning_pictures.plot_accuracy(table, "tiny"),
        "pareto": pruning_pictures.plot_pareto(table, "tiny"),
        "layers": pruning_pictures.plot_layer_densities(found, folder, 0.8),
    }
    for name, figure in pictures.items():
        save_figure(figure, tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_without_results_and_one_without_a_dense_run(folder, tmp_path):
    with pytest.raises(InputError, match="expected the table that crisp-prune experiment writes, got none"):
        pruning_results.simulated(tmp_path)
    runs = pd.read_csv(folder / "runs.csv")
    runs[runs["pattern"] == "nm(1:8)"].to_csv(tmp_path / "runs.csv", index=False)
    (file,) = runs[runs["pattern"] == "nm(1:8)"]["file"]
    (tmp_path / file).write_bytes((folder / file).read_bytes())
    with pytest.raises(InputError, match="expected a dense run of every user, got none of 'two'"):
        pruning_results.simulated(tmp_path)
    failed = runs.assign(error="it failed")
    failed.to_csv(tmp_path / "runs.csv", index=False)
    with pytest.raises(InputError, match="expected a run that did not fail, got none"):
        pruning_results.simulated(tmp_path)
