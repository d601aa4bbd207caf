"""A workload's masks depend on the seed, the pattern and the layer's name, and on nothing else."""

import numpy as np
import pytest
from refusals import refusal

from workloads import KeepMask, Layer, MaskedLayer, Workload, gemm_workload, load_workload
from workloads.activations import Given, PerChannel, Uniform
from workloads.artifact import PrunedLayer, PrunedNetwork, write_artifact
from workloads.inputs import InputError
from workloads.network import write_layers
from workloads.patterns import parse_pattern

LAYERS = (
    Layer("first", "conv", 3, 20, 9, 9, 3, 3, padding_h=1, padding_w=1),
    Layer("wide", "conv", 20, 37, 9, 9, 3, 3),
    Layer("depthwise", "conv", 37, 37, 7, 7, 3, 3, groups=37),
    Layer.linear("fc", 37, 10),
)
CRISP = "crisp(2:4, block=8, density=0.2)"


@pytest.fixture
def table(tmp_path):
    def write(layers=LAYERS, name="net"):
        path = tmp_path / f"{name}.csv"
        write_layers(path, layers, "test")
        return path

    return write


@pytest.fixture
def artifact(tmp_path):
    path = tmp_path / "pruned.safetensors"
    layer = Layer.linear("fc", 6, 4)
    mask = KeepMask.from_dense(np.eye(4, 6, dtype=bool))
    masked = PrunedLayer(layer, mask, np.ones(4, np.float32), None, Uniform(0.25))
    write_artifact(path, PrunedNetwork("n", (masked, measured("a"), measured("b"))))
    return path


def measured(name: str) -> PrunedLayer:
    """A layer whose inputs were counted over all data, half of them zero, and looked at in two samples."""
    layer = Layer(name, "conv", 2, 1, 1, 3)
    ones = KeepMask.ones(layer.m_dim, layer.k_dim)
    keep = KeepMask.from_dense(np.arange(12).reshape(6, 2) < 3)
    return PrunedLayer(layer, ones, np.ones(2, np.float32), None, PerChannel((0.25, 0.75)), "", keep)


def masks(workload: Workload) -> dict[str, KeepMask]:
    return {masked.layer.name: masked.mask for masked in workload.layers}


def test_the_same_seed_gives_the_same_masks_and_another_gives_others(table):
    path = table()
    assert masks(load_workload(path, CRISP, seed=3)) == masks(load_workload(path, CRISP, seed=3))
    other = masks(load_workload(path, CRISP, seed=4))
    assert other["wide"] != masks(load_workload(path, CRISP, seed=3))["wide"]


def test_a_layers_mask_does_not_depend_on_the_layers_around_it(table):
    whole = masks(load_workload(table(), CRISP))
    swapped = masks(load_workload(table((LAYERS[0], LAYERS[3], LAYERS[1]), "swapped"), CRISP))
    assert swapped["wide"] == whole["wide"]
    assert swapped["fc"] == whole["fc"]


def test_two_layers_of_one_shape_get_masks_of_their_own(table):
    twins = (LAYERS[0], Layer.linear("a", 64, 64), Layer.linear("b", 64, 64))
    found = masks(load_workload(table(twins), CRISP))
    assert found["a"] != found["b"]


def test_first_and_depthwise_layers_stay_dense_and_the_others_take_the_pattern(table):
    found = masks(load_workload(table(), CRISP))
    assert [found[name].density for name in ("first", "depthwise")] == [1, 1]
    for name in ("wide", "fc"):
        assert found[name].density < 1
        assert parse_pattern(CRISP).check(found[name]) is None


def test_without_a_pattern_everything_is_dense(table):
    workload = load_workload(table())
    assert workload.density == 1
    assert workload.macs == sum(layer.macs for layer in LAYERS)


def test_batch_multiplies_the_macs_and_leaves_the_masks(table):
    one, four = (load_workload(table(), CRISP, batch=b) for b in (1, 4))
    assert four.macs == 4 * one.macs
    assert masks(four) == masks(one)


def test_effectual_macs_are_survivors_times_pixels(table):
    workload = load_workload(table(), CRISP)
    expected = sum(int(i.mask.to_dense().sum()) * i.layer.out_h * i.layer.out_w for i in workload.layers)
    assert workload.macs == expected
    kept = sum(int(i.mask.to_dense().sum()) for i in workload.layers)
    assert workload.density == kept / sum(layer.weights for layer in LAYERS)


def test_an_artifact_brings_its_own_masks_and_measured_activations(artifact):
    workload = load_workload(artifact, batch=5)
    masked, real, _ = workload.layers
    assert (workload.name, masked.layer.batch, masked.activations) == ("pruned", 5, Uniform(0.25))
    assert np.array_equal(masked.mask.to_dense(), np.eye(4, 6, dtype=bool))
    assert real.activation_density == 3 / 12  # of the inputs that are simulated, not of all data
    first, second = (np.arange(12).reshape(6, 2) < 3)[:3], np.zeros((3, 2), bool)
    keep = np.concatenate([first, second, first, second, first])
    assert np.array_equal(real.activation_keep.to_dense(), keep)


def test_a_density_of_activations_is_that_of_every_layer_but_the_first(table):
    workload = load_workload(table(), CRISP, 3, 2, 0.4)
    assert [masked.activations for masked in workload.layers] == [Uniform(), *[Uniform(0.4)] * 3]
    assert workload.source.endswith(", seed 3, activation density 0.4 after the first layer")
    assert masks(workload) == masks(load_workload(table(), CRISP, 3, 2))
    assert {masked.layer.batch for masked in workload.layers} == {2}
    assert {masked.activations for masked in load_workload(table(), CRISP, 3).layers} == {Uniform()}


def test_a_density_of_activations_overrides_what_an_artifact_measured(artifact):
    workload = load_workload(artifact, activation_density=0.0)
    assert [masked.activations for masked in workload.layers] == [Uniform(0.25), Uniform(0.0), Uniform(0.0)]
    assert workload.source == f"{artifact}, activation density 0.0 after the first layer"
    assert workload.masks_hash != load_workload(artifact).masks_hash


def test_activations_of_a_gemm_are_a_matrix_k_by_n():
    keep = np.arange(35).reshape(5, 7) % 3 == 0
    by_matrix, by_mask = (
        gemm_workload(3, 5, 7, activation_keep=k).layers[0] for k in (keep, KeepMask.from_dense(keep))
    )
    assert by_matrix == by_mask
    assert by_matrix.activations == Given(KeepMask.from_dense(keep.T))
    assert np.array_equal(by_matrix.activation_keep.to_dense().T, keep)
    assert by_matrix.activation_density == 12 / 35
    assert gemm_workload(3, 5, 7, activation_density=0.5).layers[0].activations == Uniform(0.5)


def test_a_gemm_takes_a_mask_or_a_matrix_or_nothing():
    keep = np.eye(3, 5, dtype=bool)
    by_matrix, by_mask = (gemm_workload(3, 5, 7, k) for k in (keep, KeepMask.from_dense(keep)))
    assert by_matrix == by_mask
    assert by_matrix.macs == 21
    assert gemm_workload(3, 5, 7).macs == 105


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch": 0}, "batch: expected a whole number of at least 1, got 0"),
        ({"seed": -1}, "seed: expected a whole number of at least 0, got -1"),
        ({"activation_density": 1.5}, "activation_density: expected 0 to 1, got 1.5"),
        ({"activation_density": float("nan")}, "activation_density: expected 0 to 1, got nan"),
        ({"pattern": "crips"}, "pattern: expected a known name, got 'crips'"),
    ],
)
def test_a_wrong_argument_is_named(table, arguments, message):
    assert refusal(load_workload, table(), **arguments).startswith(message)


def test_a_pattern_beside_an_artifact_is_refused(artifact):
    with pytest.raises(InputError, match="expected none beside an artifact"):
        load_workload(artifact, "dense")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3, 5, 7, np.ones((5, 3))), "gemm: expected a mask of 3 x 5, got"),
        ((3, 5, 7, [True]), "gemm: weight_keep: expected a weight [m, c, r, s]"),
        ((-3, 5, 7), "gemm: out_channels: expected a whole number of at least 1, got -3"),
        ((3, 5, 7, None, None, 1.5), "gemm: activation_density: expected 0 to 1, got 1.5"),
        ((3, 5, 7, None, None, float("nan")), "gemm: activation_density: expected 0 to 1, got nan"),
        (
            (3, 5, 7, None, np.ones((7, 5))),
            "gemm: activation_keep: expected a mask of 5 x 7, got (7, 5)",
        ),
        (
            (3, 5, 7, None, np.ones((5, 7)), 0.5),
            "gemm: activation_density: expected none beside activation_keep, got 0.5",
        ),
    ],
)
def test_an_impossible_gemm_is_refused(arguments, message):
    assert refusal(gemm_workload, *arguments).startswith(message)


def test_a_mask_of_another_shape_does_not_fit_a_layer():
    with pytest.raises(InputError, match="fc: expected a mask of 10 x 37"):
        MaskedLayer(LAYERS[3], KeepMask.ones(10, 38))
