"""What an experiment file asks for, what is wrong with one, and the arithmetic of its tables."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from refusals import refusal_of_text, with_one_changed

from pruning.experiment.plan import Experiment, Run, load_experiment
from pruning.experiment.table import summary, write_tables
from pruning.run.config import RunConfig
from workloads.inputs import InputError

GOOD = """\
description: a test
data: fashion_mnist
network: {checkpoint: shipped}
classes:
  tops: Pullover, Coat
  bags: 8,9
base: {stages: 1, steps: 2}
grids:
  - {pattern: [dense, nm(2:4)], sparsity: 0, seed: [1, 0]}
  - pattern: "crisp(2:4, block=8)"
    sparsity: [0.8, 0.7]
"""


def load(tmp_path: Path, data: Path, text: str) -> Experiment:
    path = tmp_path / "grid.yaml"
    path.write_text(text)
    return load_experiment(path, str(data))[0]


def refused(tmp_path: Path, data: Path, text: str) -> str:
    """The line with which a file of that text is refused, less its folder."""
    return refusal_of_text(lambda path: load_experiment(path, str(data)), tmp_path / "grid.yaml", text)


def test_every_combination_in_the_order_of_the_file(tmp_path: Path, tiny_data: Path) -> None:
    experiment = load(tmp_path, tiny_data, GOOD)
    plain, crisp = RunConfig((2, 4), stages=1, steps=2, sparsity=0.0), "crisp(2:4, block=8)"
    users = (("tops", (2, 4)), ("bags", (8, 9)))
    first = [
        Run(user, replace(plain, classes=classes, pattern=pattern, seed=seed))
        for user, classes in users
        for pattern in ("dense", "nm(2:4)")
        for seed in (1, 0)
    ]
    second = [
        Run(user, replace(plain, classes=classes, pattern=crisp, sparsity=sparsity))
        for user, classes in users
        for sparsity in (0.8, 0.7)
    ]
    assert list(experiment.runs) == first + second
    assert (experiment.name, experiment.description) == ("grid", "a test")
    names = [run.file_name for run in experiment.runs]
    assert len(set(names)) == 12
    assert names[0].startswith("tops_dense_0_seed1-")


def test_a_combination_is_run_once(tmp_path: Path, tiny_data: Path) -> None:
    grids = (
        "  - {pattern: [dense, dense], sparsity: [0, 0.0], seed: [0, 0]}\n  - {pattern: dense, sparsity: 0}\n"
    )
    again = GOOD.split("  - {pattern")[0] + grids
    runs = load(tmp_path, tiny_data, again).runs
    assert [(run.user, run.config.pattern, run.config.seed) for run in runs] == [
        ("tops", "dense", 0),
        ("bags", "dense", 0),
    ]


def test_options_of_a_network_keep_their_types(tmp_path: Path, tiny_data: Path) -> None:
    options = "{num_classes: 10, in_channels: 1.5, batch_norm: false, stem: small}"
    text = GOOD.replace("checkpoint: shipped", f"model: vgg16, options: {options}")
    found = load(tmp_path, tiny_data, text).network.options
    assert [(type(value), value) for value in found.values()] == [
        (int, 10),
        (float, 1.5),
        (bool, False),
        (str, "small"),
    ]


def test_0_and_0_point_0_are_one_file(tmp_path: Path, tiny_data: Path) -> None:
    names = [
        [run.file_name for run in load(tmp_path, tiny_data, text).runs]
        for text in (GOOD, GOOD.replace("sparsity: 0,", "sparsity: 0.0,"))
    ]
    assert names[0] == names[1]


def test_a_grid_overrides_the_base(tmp_path: Path, tiny_data: Path) -> None:
    text = GOOD.replace("steps: 2}", "steps: 2, seed: [3, 4], sparsity: 0.75}")
    runs = load(tmp_path, tiny_data, text).runs
    assert sorted(run.config.seed for run in runs if run.user == "tops") == [0, 0, 1, 1, 3, 3, 4, 4]
    assert {run.config.sparsity for run in runs} == {0, 0.8, 0.7}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("classes:", "clases:", "grid.yaml:4: expected a known key, got 'clases'; did you mean 'classes'?"),
        ("data: f", "dta: f", "grid.yaml:2: expected a known key, got 'dta'; did you mean 'data'?"),
        ("Coat", "Caot", "grid.yaml:5: classes.tops: expected a class name or number, got 'Caot'; did you"),
        ("8,9", "8,10", "grid.yaml:6: classes.bags: expected labels from 0 to 9, got 10"),
        ("8,9", "[8, 9]", "grid.yaml:6: classes.bags: expected text, got a list of 2"),
        ("8,9", "8", "grid.yaml:6: classes.bags: expected text, got 8"),
        ("8,9", '"8"', "grid.yaml:6: classes.bags: expected at least two class labels, got [8]"),
        (
            "data: fashion_mnist",
            "data: fashion",
            "grid.yaml:2: data: expected a known name, got 'fashion'; did",
        ),
        (
            "sparsity: [0.8",
            "sparsity: [high",
            "grid.yaml:11: grids.1.sparsity: expected a number, got 'high'",
        ),
        (
            "sparsity: [0.8, 0.7]",
            "sparsity: [0.8, 1]",
            "grid.yaml:11: grids.1.sparsity: expected at least 0 and",
        ),
        (
            "sparsity: [0.8, 0.7]",
            "sparsity: []",
            "grid.yaml:11: grids.1.sparsity: expected at least one value",
        ),
        ("sparsity: [0.8, 0.7]", "sparsity:", "grid.yaml:11: grids.1.sparsity: expected a number, got None"),
        (
            "sparsity: [0.8",
            "sparsiti: [0.8",
            "grid.yaml:11: grids.1: expected a known key, got 'sparsiti'; did",
        ),
        ("seed: [1, 0]", "seed: [1.5]", "grid.yaml:9: grids.0.seed: expected a whole number, got 1.5"),
        ("seed: [1, 0]", "seed: true", "grid.yaml:9: grids.0.seed: expected a whole number, got True"),
        (
            "seed: [1, 0]",
            "seed: -1",
            "grid.yaml:9: grids.0.seed: expected a whole number of at least 0 and less than 2^63, got -1",
        ),
        ("seed: [1, 0]", "classes: [1, 0]", "grid.yaml:9: grids.0: expected a known key, got 'classes'"),
        (
            "steps: 2}",
            "stops: 2}",
            "grid.yaml:7: base: expected a known key, got 'stops'; did you mean 'steps'?",
        ),
        ("steps: 2}", "steps: two}", "grid.yaml:7: base.steps: expected a whole number, got 'two'"),
        (
            "steps: 2}",
            "schedule: cubik}",
            "grid.yaml:7: base.schedule: expected a known name, got 'cubik'; did",
        ),
        (
            "steps: 2}",
            "saliency: movment}",
            "grid.yaml:7: base.saliency: expected a known name, got 'movment'",
        ),
        ("steps: 2}", "head: user}", "grid.yaml:7: base.head: expected one of full, classes, got 'user'"),
        (
            "[dense,",
            "[dens,",
            "grid.yaml:9: grids.0.pattern: expected a known name, got 'dens'; did you mean",
        ),
        (
            "block=8",
            "blok=8",
            "grid.yaml:10: grids.1.pattern: expected a known argument in 'crisp(2:4, blok=8)'",
        ),
        (
            "shipped}",
            "shipped, model: resnet20}",
            "grid.yaml:3: network: expected either checkpoint or model",
        ),
        (
            "checkpoint: shipped",
            "seed: 1",
            "grid.yaml:3: network: expected either checkpoint or model, got both",
        ),
        (
            "shipped",
            "no.safetensors",
            "grid.yaml:3: network.checkpoint: {folder}/no.safetensors: expected a checkpoint",
        ),
        (
            "checkpoint: shipped",
            "model: resnet_20",
            "grid.yaml:3: network.model: expected a known network, got",
        ),
        (
            "checkpoint: shipped",
            "model: resnet20, options: {widht: 4}",
            "grid.yaml:3: network: option: expected one that resnet20 takes, got 'widht'; did you mean",
        ),
        (
            "checkpoint: shipped",
            "model: resnet20, options: {width: [4]}",
            "grid.yaml:3: network.options.width: expected a whole number, got a list of 1",
        ),
        (
            "checkpoint: shipped",
            "model: resnet20, epochs: 0",
            "grid.yaml:3: network.epochs: expected a number of",
        ),
    ],
)
def test_what_is_wrong_with_a_file_and_where(
    old: str, new: str, message: str, tmp_path: Path, tiny_data: Path
) -> None:
    said = refused(tmp_path, tiny_data, with_one_changed(GOOD, old, new))
    assert said.startswith(message.format(folder=tmp_path))


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("grids: []", "grid.yaml:8: grids: expected at least 1 items, got 0"),
        ("grids: 3", "grid.yaml:8: grids: expected a list, got 3"),
        ("", "grid.yaml:1: expected the key 'grids', got none"),
        ("grids: [3]", "grid.yaml:8: grids.0: expected keys and values, got 3"),
    ],
)
def test_grids_that_are_none(section: str, message: str, tmp_path: Path, tiny_data: Path) -> None:
    assert refused(tmp_path, tiny_data, GOOD.split("grids:")[0] + section).startswith(message)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml: expected a YAML file, got no such file"):
        load_experiment(tmp_path / "none.yaml")
    with pytest.raises(InputError, match=r"grid\.yaml:2: data: .*nowhere: expected the Fashion-MNIST file"):
        load(tmp_path, tmp_path / "nowhere", GOOD)


def rows_of(*values: tuple[str, float, int, float | None]) -> pd.DataFrame:
    """Rows of user, sparsity, seed and accuracy; no accuracy: a run that failed."""
    return pd.DataFrame(
        [
            {
                "user": user,
                "class_count": 2,
                "pattern": "dense",
                "sparsity": sparsity,
                "seed": seed,
                "steps": 4,
                "accuracy_before": None if accuracy is None else 0.5,
                "accuracy": accuracy,
                "reached_sparsity": None if accuracy is None else sparsity,
                "file": "f",
                "error": "no" if accuracy is None else "",
            }
            for user, sparsity, seed, accuracy in values
        ]
    )


def test_mean_and_spread_by_hand() -> None:
    table = summary(
        rows_of(
            *(("b", 0.9, 0, 0.5), ("a", 0.9, 0, 0.25), ("b", 0.9, 1, 0.75), ("b", 0.9, 2, 0.625)),
            *(("a", 0.8, 0, None), ("b", 0.9, 3, None)),
        )
    )
    assert table["user"].tolist() == ["b", "a"]  # as they came first
    assert table["seeds"].tolist() == [3, 1]
    assert table["accuracy_mean"].tolist() == [0.625, 0.25]
    # Of 0.5, 0.625, 0.75: squares 1/64 + 0 + 1/64 over two, not three.
    assert table["accuracy_deviation"][0] == pytest.approx(math.sqrt(2 / 64 / 2))
    assert np.isnan(table["accuracy_deviation"][1])
    assert table["accuracy_least"].tolist() == [0.5, 0.25]
    assert table["accuracy_most"].tolist() == [0.75, 0.25]
    assert "steps" not in table.columns
    assert table["reached_sparsity"].tolist() == [0.9, 0.9]


def test_tables_of_runs_that_all_failed(tmp_path: Path) -> None:
    runs, means = write_tables(rows_of(("a", 0.9, 0, None), ("a", 0.8, 0, None)), tmp_path)
    assert pd.read_csv(runs)["error"].tolist() == ["no", "no"]
    assert len(pd.read_csv(means)) == 0
    assert "accuracy_mean" in pd.read_csv(means).columns
