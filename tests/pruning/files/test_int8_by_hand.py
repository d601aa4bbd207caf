"""Weights as int8: to the nearest, symmetric, and by the scale of what survives."""

import numpy as np
import pytest
import torch
from torch import nn

from pruning.files.artifact import export_network, quantise, restore_network
from pruning.network.trace import trace_layers
from workloads.masks import KeepMask


@pytest.mark.parametrize(
    ("row", "expected", "scale"),
    [
        ([127.0, 1.4, 1.6, -1.4, -1.6, 0.0], [127, 1, 2, -1, -2, 0], 1),
        ([-127.0, 0.5, 1.5, 2.5, -0.5, -1.5], [-127, 0, 2, 2, 0, -2], 1),  # a half to the even
        ([254.0, 2.9, 3.1, -254.0, -2.9, -3.1], [127, 1, 2, -127, -1, -2], 2),
        ([0.0] * 6, [0] * 6, 1),
    ],
)
def test_to_the_nearest_by_hand(row: list[float], expected: list[int], scale: float) -> None:
    values, scales = quantise(np.array([row, [127.0] * 6], np.float32))
    assert values.dtype == np.int8
    assert scales.dtype == np.float32
    assert values.tolist() == [expected, [127] * 6]
    assert scales.tolist() == [scale, 1]


def test_no_weight_is_off_by_more_than_half_a_step() -> None:
    weights = np.random.default_rng(0).normal(size=(7, 400)).astype(np.float32)
    values, scale = quantise(weights)
    assert np.abs(values * scale[:, None] - weights).max(axis=1) == pytest.approx(scale / 2, rel=0.2)
    assert (np.abs(values).max(axis=1) == 127).all()


def test_a_row_too_small_to_divide_keeps_what_it_can() -> None:
    values, scale = quantise(np.array([[1e-45, 0.0], [1.0, 0.5]], np.float32))
    assert scale[0] == np.finfo(np.float32).tiny
    assert values.tolist() == [[0, 0], [127, 64]]


@pytest.mark.parametrize("kind", ["int8", "float32"])
def test_the_scale_is_that_of_what_survives(kind: str) -> None:
    """A pruned weight of 1000 neither stretches the scale of its row nor comes back."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    with torch.no_grad():
        model[1].weight.copy_(torch.tensor([[1000.0, 127, 2, -3], [1, 2, 3, 4]]))
        model[1].bias.copy_(torch.tensor([0.5, -0.5]))
    masks = {"1": KeepMask.from_dense([[False, True, True, True], [True, False, False, True]])}
    layers = trace_layers(model, (4, 1, 1))
    network = export_network("n", model, layers, masks, torch.ones(2, 4, 1, 1), values=kind)
    (masked,) = network.layers
    if kind == "int8":
        assert masked.values.tolist() == [127, 2, -3, 32, 127]  # 1 / (4 / 127) is 31.75
        assert masked.scale.tolist() == [1, np.float32(4 / 127)]
    else:
        assert masked.values.tolist() == [127, 2, -3, 1, 4]
        assert masked.scale is None
    restored = restore_network(model.train(), network)
    near = 4 / 127 / 2 if kind == "int8" else 0
    expected = torch.tensor([[0.0, 127, 2, -3], [1, 0, 0, 4]])
    assert (restored[1].weight - expected).abs().max() <= near
    assert restored[1].bias.tolist() == [0.5, -0.5]
    assert not restored.training


def test_unless_told_otherwise_int8_and_the_masks_of_two_images() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(3, 2))
    images = torch.tensor([[1.0, 0, 1], [0, 1, 1], [0, 0, 0]]).reshape(3, 3, 1, 1)
    layers, masks = trace_layers(model, (3, 1, 1)), {"1": KeepMask.ones(2, 3)}
    (masked,) = export_network("n", model, layers, masks, images).layers
    assert masked.values.dtype == np.int8
    assert masked.activation_keep.to_dense().tolist() == [[True, False, True], [False, True, True]]
    assert masked.activation_densities.densities == pytest.approx((1 / 3, 1 / 3, 2 / 3))
