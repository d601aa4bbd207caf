"""A mapping file says which layer runs how, is taken back as it was written, and is refused by line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal_of_text

from accel_sim import load_machine, simulate
from accel_sim.mapping.file import load_mapping, read_mapping, save_mapping
from workloads import gemm_workload, load_workload
from workloads.inputs import InputError
from workloads.inputs.strict_yaml import load_yaml

NET = "resnet20_w16_28"
LAYERS = ("conv1", "layer1.0.conv1")


def test_the_mapping_of_a_run_is_taken_back(tmp_path):
    workload, machine = load_workload(NET, "nm(2:4)"), load_machine("crisp_stc")
    result = simulate(workload, machine)
    save_mapping(tmp_path / "mapping.yaml", result.mappings)
    names = [masked.layer.name for masked in workload.layers]
    found = load_mapping(tmp_path / "mapping.yaml", names)
    assert found == result.mappings
    assert simulate(workload, machine, mapping=found).layers.equals(result.layers)


def test_auto_stands_for_each_layer_and_for_all(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text("mapping: auto\n")
    assert load_mapping(path, LAYERS) == dict.fromkeys(LAYERS, "auto")
    path.write_text("mapping:\n  conv1: auto\n  layer1.0.conv1: ifmap_stays(tile_n=8)\n")
    assert load_mapping(path, LAYERS) == {"conv1": "auto", "layer1.0.conv1": "ifmap_stays(tile_n=8)"}


@given(st.dictionaries(st.text(min_size=1).filter(str.isprintable), st.just("auto"), min_size=1))
def test_any_name_of_a_layer_is_written_so_that_it_is_read_back(tmp_path_factory, mappings):
    path = tmp_path_factory.mktemp("mapping") / "m.yaml"
    save_mapping(path, mappings)
    assert load_mapping(path, list(mappings)) == mappings


@pytest.mark.parametrize("name", ["1", "null", "true", "0x1F", "1e5", "a: b", "#a", "- a", "it's", "~", "<<"])
def test_names_that_look_like_something_else_stay_names(tmp_path, name):
    save_mapping(tmp_path / "m.yaml", {name: "auto"})
    assert load_mapping(tmp_path / "m.yaml", [name]) == {name: "auto"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mapping: {}\nobjective: energy\n", "m.yaml:2: expected a known key, got 'objective'"),
        ("{}\n", "m.yaml:1: expected the key 'mapping', got none"),
        ("mapping: best\n", "m.yaml:1: mapping: expected 'auto' or a mapping for each layer, got 'best'"),
        (
            "mapping:\n  conv1: auto\n  conv2: auto\n",
            "m.yaml:3: mapping.conv2: expected a layer of the workload, got 'conv2'; did you mean 'conv1'?",
        ),
        (
            "mapping:\n  conv1: auto\n",
            "m.yaml:1: mapping: expected an entry for each layer ('auto' will do), got none for",
        ),
        ("mapping:\n  conv1: 128\n", "m.yaml:2: mapping.conv1: expected 'auto' or a mapping, got 128"),
        (
            "mapping:\n  conv1: auto\n  layer1.0.conv1: ifmap_stay(tile_n=8)\n",
            "m.yaml:3: mapping.layer1.0.conv1: expected a known order, got 'ifmap_stay'; did you mean",
        ),
        (
            "mapping:\n  conv1: ifmap_stays(tile_n=0)\n",
            "m.yaml:2: mapping.conv1: tile_n: expected at least 1, got 0",
        ),
        (
            "mapping:\n  conv1: auto\n  conv1: auto\n",
            "m.yaml:3: mapping: expected each key once, got 'conv1' again",
        ),
        ("", "m.yaml:1: expected keys and values, got an empty file"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path, text, message):
    assert message in refusal_of_text(lambda path: load_mapping(path, LAYERS), tmp_path / "m.yaml", text)


def test_no_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="expected a YAML file, got no such file"):
        load_mapping(tmp_path / "none.yaml", LAYERS)


def test_the_mapping_of_a_machine_file_is_read_among_its_other_keys(tmp_path):
    (tmp_path / "own.yaml").write_text("name: own\nmapping:\n  only: ifmap_stays(tile_n=4)\n")
    names = [masked.layer.name for masked in gemm_workload(8, 8, 8, name="only").layers]
    assert read_mapping(load_yaml(tmp_path / "own.yaml"), names) == {"only": "ifmap_stays(tile_n=4)"}
