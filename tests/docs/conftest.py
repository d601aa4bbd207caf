"""A folder in which the commands of the documents find what they name: small networks, data, results."""

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml
from made_fonts import make_font, names_for
from quick_forms import SMALL
from shown import ROOT

from accel_sim.machine.shipped import config_folder

EXPERIMENT = {
    "data": "fashion_mnist",
    "network": {"checkpoint": "dense.safetensors"},
    "classes": {"two": "2,4"},
    "base": {"stages": 1, "steps": 0, "last_steps": 0, "saliency": "magnitude"},
    "grids": [{"pattern": ["dense", "block(block=16)"], "sparsity": 0.5}],
}
WAYS = (("class_gradient", "user"), ("class_gradient", "all"), ("magnitude", "user"))


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path, tiny_checkpoint: Path) -> Path:
    """The folder, once for all commands; what one of them writes, others read."""
    folder = tmp_path_factory.mktemp("documents")
    shutil.copytree(tiny_data, folder / "data")
    shutil.copy(tiny_checkpoint, folder / "dense.safetensors")
    shutil.copytree(ROOT / "experiments", folder / "experiments")
    (folder / "docs").mkdir()
    for i, name in enumerate(names_for(False, 3) + names_for(True, 2)):
        make_font(folder / "fonts" / f"{name}.ttf", name, tall=600 + 20 * i)
    shutil.copy(config_folder("machines") / "crisp_stc.yaml", folder / "my_machine.yaml")
    sweep = yaml.safe_load((config_folder("sweeps") / "pe_array.yaml").read_text())
    sweep["workloads"] = [{**workload, "network": SMALL} for workload in sweep["workloads"]]
    sweep["vary"] = {field: values[:2] for field, values in sweep["vary"].items()}
    (folder / "small_sweep.yaml").write_text(yaml.safe_dump(sweep))
    (folder / "small_experiment.yaml").write_text(yaml.safe_dump(EXPERIMENT))
    _write_three_ways(folder / "results" / "three_ways")
    return folder


@pytest.fixture
def inside(sandbox: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, as the current one; processes that a command starts find this repository."""
    monkeypatch.chdir(sandbox)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setattr("pruning.data.shared.make_subset.TARGET", sandbox / "subset")
    return sandbox


def _write_three_ways(folder: Path) -> None:
    """A table of runs whose saliency looked at the user's classes, at all, and at none."""
    run = {
        **{"user": "two", "data": "fashion_mnist", "pattern": "block(block=16)", "exempt": "first"},
        **{"sparsity": 0.8, "stages": 1, "steps": 1, "last_steps": 0, "seed": 0},
        **{"accuracy_before": 0.9, "accuracy": 0.8, "error": None},
    }
    folder.mkdir(parents=True)
    rows = [{**run, "saliency": saliency, "saliency_classes": classes} for saliency, classes in WAYS]
    pd.DataFrame(rows).to_csv(folder / "runs.csv", index=False)
