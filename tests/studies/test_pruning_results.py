"""The study that joins an experiment's accuracies with simulated cost, on networks of a moment."""

from dataclasses import replace

import pandas as pd
import pytest

from accel_sim.plots import save_figure
from pruning.config import RunConfig
from pruning.data import load_fashion_mnist
from pruning.experiment.execute import Outcome
from pruning.experiment.plan import Run
from pruning.experiment.table import result_row, write_tables
from pruning.run import prune_to_file
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
