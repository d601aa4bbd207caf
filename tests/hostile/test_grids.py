"""Every field of a sweep and of an experiment, with every hostile value in its place."""

from functools import partial
from pathlib import Path

import pytest
import yaml
from ends import a_share, none_wrong, wrong_call
from small_files import EXPERIMENT, SWEEP, dotted, leaves, text_with
from texts import YAML

from accel_sim.compare.sweep import load_sweep
from pruning.experiment.plan import load_experiment

TRAINED = """\
data: fashion_mnist
network: {model: resnet20, options: {width: 8}, epochs: 1, learning_rate: 0.1, seed: 0}
classes: {tops: "Pullover,Coat"}
grids: [{pattern: dense}]
"""
WRITTEN = {
    name: yaml.safe_load(text)
    for name, text in (("sweep", SWEEP), ("pruned", EXPERIMENT), ("trained", TRAINED))
}
PLACES = [(name, path) for name, data in WRITTEN.items() for path in leaves(data)]
CASES = sum(len(a_share(YAML, place)) for place in PLACES)


def load(name: str, path: Path, data_root: Path) -> object:
    """Check a file as its command does, and run nothing."""
    return load_sweep(path) if name == "sweep" else load_experiment(path, str(data_root))


@pytest.mark.parametrize("name", WRITTEN)
def test_the_files_as_they_are_are_fine(name, inside, tmp_path, tiny_data):
    path = tmp_path / "file.yaml"
    path.write_text(yaml.safe_dump(WRITTEN[name]))
    if name == "sweep":
        (tmp_path / "net.csv").write_bytes((inside / "net.csv").read_bytes())
    assert load(name, path, tiny_data)


@pytest.mark.parametrize(("name", "path"), PLACES, ids=[f"{name}-{dotted(path)}" for name, path in PLACES])
def test_a_hostile_value_ends_in_one_line_or_in_points(name, path, inside, tmp_path, tiny_data):
    (tmp_path / "net.csv").write_bytes((inside / "net.csv").read_bytes())
    file = tmp_path / "file.yaml"
    found = {}
    for what, value in a_share(YAML, (name, path)).items():
        file.write_text(text_with(WRITTEN[name], path, value), encoding="utf-8")
        found[what] = wrong_call(partial(load, name, file, tiny_data))
    none_wrong(found)
