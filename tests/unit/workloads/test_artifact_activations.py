"""Activations in a pruned network's file: densities and real masks read back, wrong ones are one line."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal_of_file
from safetensors import safe_open
from safetensors.numpy import save_file

from workloads import KeepMask, Layer
from workloads.activations import Given, PerChannel, Uniform
from workloads.artifact import FORMAT, PrunedLayer, PrunedNetwork, read_artifact, write_artifact

CONV = Layer("c", "conv", 3, 2, in_h=2, in_w=5)
KEEP = KeepMask.from_dense(np.arange(60).reshape(20, 3) % 7 < 3)  # two samples
CHANNELS = PerChannel((0.0, 0.25, 1.0))


def pruned(layer: Layer, densities, keep=None) -> PrunedLayer:
    ones = KeepMask.ones(layer.m_dim, layer.k_dim)
    return PrunedLayer(layer, ones, np.ones(ones.kept, np.float32), None, densities, "note", keep)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "n.safetensors"
    write_artifact(path, PrunedNetwork("n", (pruned(CONV, CHANNELS, KEEP),)))
    return path


def rewrite(path, change_tensors, **entry) -> None:
    """The file with tensors and the layer's entry changed by hand."""
    with safe_open(path, framework="numpy") as file:
        header = json.loads(file.metadata()[FORMAT])
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    change_tensors(tensors)
    header["layers"][0].update(entry)
    save_file(tensors, path, {FORMAT: json.dumps(header)})


@st.composite
def layers(draw):
    """A layer with a density, a density for each channel, or one of the two and real masks."""
    sizes = (draw(st.integers(1, most)) for most in (70, 4, 4, 4))
    channels, in_h, in_w, batch = sizes
    layer = Layer("x", "conv", channels, 2, in_h=in_h, in_w=in_w, batch=batch)
    density = st.floats(0, 1, width=32)
    each = st.lists(density, min_size=channels, max_size=channels).map(lambda d: PerChannel(tuple(d)))
    densities = draw(st.one_of(st.floats(0, 1).map(Uniform), each))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    rows = draw(st.integers(0, 3)) * in_h * in_w
    keep = KeepMask.from_dense(random.random((rows, channels)) < draw(density)) if rows else None
    return pruned(layer, densities, keep)


@given(layers())
def test_activations_read_back(tmp_path_factory, masked):
    path = tmp_path_factory.mktemp("round_trip") / "n.safetensors"
    write_artifact(path, PrunedNetwork("n", (masked,)))
    (found,) = read_artifact(path).layers
    for name in ("layer", "activation_densities", "activation_keep", "activations", "note"):
        assert getattr(found, name) == getattr(masked, name), name
    assert found.activation_samples * masked.layer.in_h * masked.layer.in_w == (
        masked.activation_keep.m_dim if masked.activation_keep else 0
    )


def test_a_simulation_takes_the_real_inputs_and_a_report_the_density_of_all_data(path):
    (masked,) = read_artifact(path).layers
    assert masked.activations == Given(KEEP)
    assert masked.activation_density == CHANNELS.density != KEEP.density
    assert replace(masked, activation_keep=None).activations == CHANNELS
    assert (masked.activation_samples, replace(masked, activation_keep=None).activation_samples) == (2, 0)


def test_densities_are_rounded_once(tmp_path):
    first, second = tmp_path / "1.safetensors", tmp_path / "2.safetensors"
    write_artifact(first, PrunedNetwork("n", (pruned(CONV, PerChannel((0.1, 0.2, 1 / 3))),)))
    write_artifact(second, read_artifact(first))
    assert first.read_bytes() == second.read_bytes()
    found = read_artifact(first).layers[0].activation_densities.densities
    assert found == tuple(float(np.float32(density)) for density in (0.1, 0.2, 1 / 3))


def test_a_file_from_before_there_were_channels_and_masks_still_reads(path):
    rewrite(path, lambda tensors: [tensors.pop(f"c.activation_{what}") for what in ("density", "keep")])
    (masked,) = read_artifact(path).layers
    assert masked.activations == Uniform(CHANNELS.density)


def put(name, array):
    return lambda tensors: tensors.update({f"c.activation_{name}": array})


PACKED = KEEP.to_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put("density", np.zeros(3)), "activation_density: expected float32 (3,), got float64 (3,)"),
        (
            put("density", np.zeros(4, np.float32)),
            "activation_density: expected float32 (3,), got float32 (4,)",
        ),
        (
            put("density", np.float32([[0, 0.25, 1]])),
            "activation_density: expected float32 (3,), got float32 (1, 3)",
        ),
        (
            put("density", np.float32([0, np.nan, 1])),
            "activation_density: channel 1: expected 0 to 1, got nan",
        ),
        (
            put("density", np.float32([0, 0.25, 1.5])),
            "activation_density: channel 2: expected 0 to 1, got 1.5",
        ),
        (
            put("density", np.float32([0, 0.5, 1])),
            "activation_density: expected the mean of its channels, 0.5, got 0.416667",
        ),
        (put("keep", PACKED.astype(np.int8)), "activation_keep: expected uint8 (20, 1), got int8 (20, 1)"),
        (put("keep", np.hstack([PACKED] * 2)), "activation_keep: expected uint8 (20, 1), got uint8 (20, 2)"),
        (put("keep", PACKED[:, 0]), "activation_keep: expected uint8 (20, 1), got uint8 (20,)"),
        (put("keep", np.array(3, np.uint8)), "activation_keep: expected uint8 (0, 1), got uint8 ()"),
        (put("keep", PACKED | 8), "activation_keep: mask: expected no bit beyond k_dim=3, got one"),
        (put("keep", PACKED[:15]), "2 x 5 pixels, got 15 pixels of 3 channels"),
        (put("keep", PACKED[:0]), "2 x 5 pixels, got 0 pixels of 3 channels"),
    ],
)
def test_wrong_tensors_are_refused(path, change, message):
    rewrite(path, change)
    said = refusal_of_file(read_artifact, path)
    assert said.startswith("n.safetensors: c: activation_")
    assert said.endswith(message)


def test_a_mean_that_is_no_number_is_refused(path):
    rewrite(path, lambda _: None, activation_density=float("nan"))
    assert refusal_of_file(read_artifact, path) == (
        "n.safetensors: c: activation_density: expected the mean of its channels, 0.416667, got nan"
    )


@pytest.mark.parametrize(
    ("masked", "message"),
    [
        (pruned(CONV, Uniform(1.5)), "c: activation_density: expected 0 to 1, got 1.5"),
        (
            pruned(CONV, PerChannel((1.0,))),
            "c: activation_density: expected one for each of 3 channels, got 1",
        ),
        (pruned(CONV, Uniform(1.5), KEEP), "c: activation_density: expected 0 to 1, got 1.5"),
        (
            pruned(CONV, Uniform(), KeepMask.ones(11, 3)),
            "c: activation_keep: expected 3 channels of whole samples of 2 x 5 pixels, got 11 pixels of 3"
            " channels",
        ),
    ],
)
def test_what_contradicts_itself_is_not_written(tmp_path, masked, message):
    network = PrunedNetwork("n", (masked,))
    said = refusal_of_file(lambda path: write_artifact(path, network), tmp_path / "n.safetensors")
    assert said == f"n.safetensors: {message}"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("off", "stored"), [(5e-7, True), (-5e-7, True), (2e-6, False), (-2e-6, False)])
def test_a_stored_mean_is_that_of_its_channels_to_the_last_bits_of_float32(path, off, stored):
    """Half a millionth is what sums of float32 differ by; two millionths are another number."""
    rewrite(path, lambda _: None, activation_density=CHANNELS.density + off)
    if stored:
        assert read_artifact(path).layers[0].activation_densities == CHANNELS
    else:
        assert "expected the mean of its channels" in refusal_of_file(read_artifact, path)


def test_the_mean_in_the_header_is_that_of_the_densities_as_they_are_stored(tmp_path):
    """A third has no float32: what is written is what reads back, in the header too."""
    path, third = tmp_path / "n.safetensors", float(np.float32(1 / 3))
    write_artifact(path, PrunedNetwork("n", (pruned(CONV, PerChannel((1 / 3,) * 3)),)))
    with safe_open(path, framework="numpy") as file:
        header = json.loads(file.metadata()[FORMAT])
    assert header["layers"][0]["activation_density"] == third != 1 / 3
    uniform = replace(pruned(CONV, Uniform(1 / 3)), note="")
    write_artifact(path, PrunedNetwork("n", (uniform,)))
    assert read_artifact(path).layers[0].activation_densities == Uniform(1 / 3)  # a number of the header
