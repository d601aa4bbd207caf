"""Which layers a pattern leaves dense: by rules, said in every result, and never silently all of them."""

import pytest
from refusals import refusal

from accel_sim import load_machine, simulate
from workloads import Layer, load_workload
from workloads.artifact import PrunedLayer, PrunedNetwork, write_artifact
from workloads.exempt import DEFAULT, describe_exempt, exempt_layers
from workloads.inputs import InputError
from workloads.masks import KeepMask
from workloads.network import write_layers

STEM = Layer("stem", "conv", 3, 32, 9, 9, 3, 3)
DEPTHWISE = Layer("dw", "conv", 32, 32, 7, 7, 3, 3, groups=32)
WIDE = Layer("wide", "conv", 32, 64, 5, 5, 3, 3)
HEAD = Layer.linear("head", 64, 10)
NETWORK = (STEM, DEPTHWISE, WIDE, HEAD)


@pytest.fixture
def table(tmp_path):
    def write(*layers):
        write_layers(tmp_path / "net.csv", layers, "test")
        return tmp_path / "net.csv"

    return write


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (None, {"stem": "first layer", "dw": "depthwise"}),
        ("none", {}),
        ("last", {"head": "last layer"}),
        ("first, last,depthwise", {"stem": "first layer", "dw": "depthwise", "head": "last layer"}),
        ("small", {"dw": "smaller than 16", "head": "smaller than 16"}),
    ],
)
def test_the_rules_decide_which_layers_stay_dense(table, rules, expected):
    workload = load_workload(table(*NETWORK), "crisp(2:4, block=16, density=0.25)", exempt=rules)
    assert workload.exempt == expected
    dense = {masked.layer.name for masked in workload.layers if masked.mask.density == 1}
    assert dense == set(expected)


def test_a_result_says_which_layers_are_exempt_and_why(table):
    result = simulate(load_workload(table(*NETWORK), "nm(2:4)"), load_machine("crisp_stc"))
    assert list(result.layers["exempt"]) == ["first layer", "depthwise", "none", "none"]
    assert result.exempt == result.summary()["exempt"] == "first layer: stem; depthwise: dw"
    assert result.provenance["exempt"] == {"stem": "first layer", "dw": "depthwise"}
    dense = simulate(load_workload(table(*NETWORK)), load_machine("crisp_stc"))
    assert (dense.exempt, dense.summary()["exempt"]) == ("", "none")


def test_the_only_layer_of_a_table_takes_the_pattern(table):
    for rules in (None, "first,last"):
        workload = load_workload(table(WIDE), "nm(2:4)", exempt=rules)
        assert (workload.density, workload.exempt) == (0.5, {})


def test_a_pattern_that_no_layer_takes_is_refused(table):
    assert refusal(load_workload, table(STEM, DEPTHWISE), "nm(2:4)") == (
        "exempt: expected at least one layer of net that takes nm(2:4), got exempt layers alone (first layer:"
        " stem; depthwise: dw); none exempts none"
    )
    assert load_workload(table(STEM, DEPTHWISE)).exempt == {}  # dense all the same


def test_rules_that_are_none_or_meet_no_masks_are_refused(table, tmp_path):
    path = table(*NETWORK)
    with pytest.raises(InputError, match="exempt: expected rules or none, got 'lst'; did you mean 'last'"):
        load_workload(path, "nm(2:4)", exempt="lst")
    with pytest.raises(InputError, match="exempt: expected first,depthwise for channels, since rules of"):
        load_workload(path, "channel(density=0.5)", exempt="none")
    with pytest.raises(TypeError, match='exempt: expected text, as "first,depthwise" or "none", got tuple'):
        load_workload(path, "nm(2:4)", exempt=DEFAULT)
    pruned = PrunedLayer(HEAD, KeepMask.ones(10, 64), KeepMask.ones(10, 64).to_dense().ravel().astype("f4"))
    write_artifact(tmp_path / "a.safetensors", PrunedNetwork("a", (pruned,)))
    for what, value in (("exempt", "none"), ("seed", 0)):
        with pytest.raises(InputError, match=f"{what}: expected none beside an artifact, which has masks"):
            load_workload(tmp_path / "a.safetensors", **{what: value})


def test_another_rule_is_part_of_where_masks_came_from(table):
    path = table(*NETWORK)
    assert load_workload(path, "nm(2:4)").source == f"{path}, pattern nm(2:4), seed 0"
    assert load_workload(path, "nm(2:4)", exempt="last").source.endswith(", seed 0, exempt last")


def test_many_exempt_layers_are_counted_and_the_first_named():
    layers = [STEM, *(Layer(f"dw{i}", "conv", 8, 8, groups=8) for i in range(5)), HEAD]
    said = describe_exempt(exempt_layers(layers))
    assert said == "first layer: stem; depthwise: 5 layers (dw0, dw1, dw2, ...)"
    assert describe_exempt({}) == ""
