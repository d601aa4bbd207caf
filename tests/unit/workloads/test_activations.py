"""Activations are masks: drawn with the densities asked for, or given, and the same each time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from workloads import KeepMask, Layer, MaskedLayer, Workload, activations
from workloads.activations import Given, PerChannel, Uniform

LAYER = Layer("conv", "conv", 5, 8, in_h=40, in_w=50, kernel_h=3, kernel_w=3, padding_h=1, batch=2)
SMALL = Layer("small", "conv", 3, 4, in_h=2, in_w=5)


def mask_layer(layer: Layer, kind) -> MaskedLayer:
    return MaskedLayer(layer, KeepMask.ones(layer.m_dim, layer.k_dim), kind)


def drawn(layer: Layer, kind) -> np.ndarray:
    return mask_layer(layer, kind).activation_keep.to_dense()


def some_mask(rows: int, channels: int, seed: int = 0) -> KeepMask:
    return KeepMask.from_dense(np.random.default_rng(seed).random((rows, channels)) < 0.5)


def test_each_channel_has_the_density_asked_for():
    wanted = (0.0, 0.07, 0.5, 0.93, 1.0)
    keep = drawn(LAYER, PerChannel(wanted))
    assert keep.shape == (2 * 40 * 50, 5)
    deviation = np.sqrt(np.array(wanted) * (1 - np.array(wanted)) / len(keep))
    assert (np.abs(keep.mean(axis=0) - wanted) <= 4 * deviation).all()  # to the bit at 0 and at 1
    assert PerChannel(wanted).density == pytest.approx(0.5)


def test_activations_are_drawn_independently():
    keep = drawn(LAYER, Uniform(0.5))
    together = np.corrcoef(np.hstack([keep[:-1], keep[1:]]).T)  # channels of a pixel and of the next one
    assert np.abs(together - np.eye(10)).max() < 4 / np.sqrt(len(keep))


def test_one_density_for_all_channels_is_that_density_for_each():
    assert np.array_equal(drawn(LAYER, Uniform(0.3)), drawn(LAYER, PerChannel((0.3,) * 5)))


@pytest.mark.parametrize("kind", [Uniform, lambda density: PerChannel((density,) * 5)])
def test_nothing_is_drawn_where_nothing_is_random(kind, monkeypatch):
    monkeypatch.setattr(np.random, "default_rng", None)
    assert drawn(LAYER, kind(1.0)).all()
    assert not drawn(LAYER, kind(0.0)).any()


def test_the_name_of_a_layer_decides_its_draw():
    other = Layer("other", "conv", 5, 8, in_h=40, in_w=50, batch=2)
    same = Layer("conv", "conv", 5, 3, in_h=40, in_w=50, batch=2)
    keep = drawn(LAYER, Uniform(0.5))
    assert np.array_equal(keep, drawn(same, Uniform(0.5)))
    assert not np.array_equal(keep, drawn(other, Uniform(0.5)))


def test_the_draw_of_a_name_stays_what_it_is():
    # Results that were published with a seed must not move under a user.
    assert mask_layer(SMALL, Uniform(0.5)).activation_keep.to_bytes()[:, 0].tolist() == [
        5,
        7,
        0,
        4,
        5,
        6,
        4,
        0,
        3,
        4,
    ]


def test_a_lower_density_keeps_a_subset():
    less, more = drawn(LAYER, Uniform(0.2)), drawn(LAYER, Uniform(0.6))
    assert (less <= more).all()
    assert less.sum() < more.sum()


def test_a_larger_batch_begins_with_the_images_of_a_smaller_one():
    one, three = (Layer("x", "conv", 7, 2, in_h=3, in_w=4, batch=batch) for batch in (1, 3))
    first, _, last = drawn(three, Uniform(0.5)).reshape(3, 12, 7)
    assert np.array_equal(first, drawn(one, Uniform(0.5)))
    assert not np.array_equal(first, last)


def test_pieces_in_which_a_mask_is_drawn_do_not_show(monkeypatch):
    whole = drawn(LAYER, Uniform(0.4))
    for size in (1, 23, 5 * 1000):
        monkeypatch.setattr(activations, "_DRAWN_AT_ONCE", size)
        assert np.array_equal(drawn(LAYER, Uniform(0.4)), whole)


@given(st.integers(1, 4), st.integers(1, 9), st.integers(1, 3), st.integers(1, 4), st.integers(1, 70))
def test_image_i_of_a_batch_is_sample_i_modulo_the_samples(samples, batch, in_h, in_w, channels):
    layer = Layer("x", "conv", channels, 1, in_h=in_h, in_w=in_w, batch=batch)
    keep = some_mask(samples * in_h * in_w, channels).to_dense()
    found = drawn(layer, Given(KeepMask.from_dense(keep)))
    for image in range(batch):
        for pixel in range(in_h * in_w):
            row = keep[(image % samples) * in_h * in_w + pixel]
            assert np.array_equal(found[image * in_h * in_w + pixel], row)


def test_the_density_of_dense_and_of_holed_activations():
    full, holed = np.ones((10, 3), bool), np.ones((10, 3), bool)
    holed[7, 1] = False
    dense = (Uniform(), PerChannel((1.0, 1.0, 1.0)), Given(KeepMask.from_dense(full)))
    assert [mask_layer(SMALL, kind).activation_density for kind in dense] == [1, 1, 1]
    assert mask_layer(SMALL, Given(KeepMask.from_dense(holed))).activation_density == 29 / 30


def test_activations_are_part_of_a_workloads_hash():
    kinds = [
        Uniform(),
        Uniform(0.5),
        Uniform(0.5 + 2**-50),
        PerChannel((0.5, 0.5, 0.5)),
        PerChannel((0.25, 0.5, 0.75)),
        PerChannel((0.75, 0.5, 0.25)),
        Given(some_mask(10, 3)),
        Given(some_mask(10, 3, seed=1)),
        Given(some_mask(20, 3)),
    ]
    hashes = [Workload("w", (mask_layer(SMALL, kind),), "").masks_hash for kind in kinds]
    assert len(set(hashes)) == len(kinds)
    again = Workload("w", (mask_layer(SMALL, Given(some_mask(10, 3))),), "").masks_hash
    assert again == hashes[6]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Uniform(1.5), "small: activation_density: expected 0 to 1, got 1.5"),
        (Uniform(-0.1), "small: activation_density: expected 0 to 1, got -0.1"),
        (Uniform(float("nan")), "small: activation_density: expected 0 to 1, got nan"),
        (PerChannel((0.5, 0.5)), "small: activation_density: expected one for each of 3 channels, got 2"),
        (PerChannel(()), "small: activation_density: expected one for each of 3 channels, got 0"),
        (PerChannel((0, 1, 1.01)), "small: activation_density: channel 2: expected 0 to 1, got 1.01"),
        (
            PerChannel((0, float("nan"), 2)),
            "small: activation_density: channel 1: expected 0 to 1, got nan",
        ),
        (
            Given(some_mask(10, 4)),
            "small: activation_keep: expected 3 channels of whole samples of 2 x 5 pixels,"
            " got 10 pixels of 4 channels",
        ),
        (
            Given(some_mask(15, 3)),
            "small: activation_keep: expected 3 channels of whole samples of 2 x 5 pixels,"
            " got 15 pixels of 3 channels",
        ),
        (
            Given(KeepMask(KeepMask.blank(0, 3), 3)),
            "small: activation_keep: expected 3 channels of whole samples of 2 x 5 pixels,"
            " got 0 pixels of 3 channels",
        ),
    ],
)
def test_activations_that_do_not_fit_the_layer_are_refused(kind, message):
    assert refusal(mask_layer, SMALL, kind) == message
