"""A framework's weight becomes a mask in the order of the GEMM: k is (r, s, c), c fastest."""

import numpy as np
import pytest
from refusals import refusal

from accel_sim import load_machine, simulate
from workloads import KeepMask, Layer, MaskedLayer, Workload, conv_workload, gemm_workload
from workloads.activations import Given
from workloads.inputs import InputError


class Tensor:
    """What a torch tensor offers; numpy has no such type if ``foreign``."""

    def __init__(self, array: np.ndarray, foreign: bool = False) -> None:
        self.array, self.foreign, self.steps = array, foreign, []

    def detach(self):
        self.steps.append("detach")
        return self

    def cpu(self):
        self.steps.append("cpu")
        return self

    def float(self):
        return Tensor(self.array)

    def numpy(self):
        if self.foreign:
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.array


def two_of_four(m: int, c: int, side: int, seed: int = 0) -> np.ndarray:
    """A weight [m, c, side, side] of which two of four along the channels are zero."""
    rng = np.random.default_rng(seed)
    weight = rng.uniform(0.5, 1, (m, c, side, side)).astype(np.float32)
    order = np.argsort(rng.random((m, c // 4, 4, side, side)), axis=2)
    weight.reshape(m, c // 4, 4, side, side)[order >= 2] = 0
    return weight


def flattened_as_it_lies(weight: np.ndarray, layer: Layer) -> Workload:
    """The mistake: c slowest."""
    mask = KeepMask.from_dense(weight.reshape(len(weight), -1) != 0)
    return Workload("wrong", (MaskedLayer(layer, mask),))


def test_a_weight_is_ordered_by_tap_and_then_by_channel():
    weight = np.zeros((2, 3, 2, 2))
    weight[1, 2, 0, 1] = -0.5  # tap (0, 1), channel 2: k = 1 * 3 + 2
    weight[0, 1, 1, 0] = 1.0  # tap (1, 0), channel 1: k = 2 * 3 + 1
    dense = KeepMask.from_weight(weight).to_dense()
    assert [tuple(place) for place in np.argwhere(dense)] == [(0, 7), (1, 5)]
    linear = np.array([[0, 2, 0], [np.inf, 0, -1]])
    assert KeepMask.from_weight(linear).to_dense().tolist() == [[False, True, False], [True, False, True]]


def test_the_order_of_torch_would_cost_nearly_twice_the_cycles():
    weight, machine = two_of_four(128, 128, 3), load_machine("nvidia_stc")
    right = conv_workload(weight, 14, 14, padding=1)
    layer = right.layers[0].layer
    assert right.layers[0].mask.obeys(2, 4)
    wrong = flattened_as_it_lies(weight, layer)
    assert wrong.layers[0].mask.weights == right.layers[0].mask.weights
    dense = Workload("dense", (MaskedLayer(layer, KeepMask.ones(layer.m_dim, layer.k_dim)),))
    cycles = [simulate(w, machine).cycles for w in (right, wrong, dense)]
    assert cycles[1] == cycles[2] > 1.8 * cycles[0]


def test_a_gemm_takes_the_weight_of_a_convolution():
    weight = two_of_four(8, 4, 3)
    by_weight = gemm_workload(8, 36, 50, weight).layers[0].mask
    assert by_weight == KeepMask.from_weight(weight) == gemm_workload(8, 36, 50, weight != 0).layers[0].mask
    assert by_weight == gemm_workload(8, 36, 50, by_weight).layers[0].mask
    assert by_weight != gemm_workload(8, 36, 50, weight.reshape(8, -1)).layers[0].mask


def test_a_convolution_by_weight_has_the_geometry_that_it_is_given():
    weight = two_of_four(6, 4, 3)
    workload = conv_workload(
        weight,
        np.int64(9),
        7,
        stride=(2, 1),
        padding=[1, 2],
        dilation=2,
        groups=np.int32(2),
        batch=3,
        name="c",
    )
    expected = Layer("c", "conv", 8, 6, 9, 7, 3, 3, 2, 1, 1, 2, 2, 2, groups=2, batch=3)
    assert workload.layers[0].layer == expected
    assert workload.layers[0].mask.k_dim == expected.k_dim == 36
    linear = MaskedLayer.from_weight("fc", np.eye(3, 5), batch=4)
    assert (linear.layer, linear.mask.kept) == (Layer.linear("fc", 5, 3, batch=4), 3)


def test_inputs_of_a_convolution_are_taken_as_a_framework_has_them():
    inputs = np.zeros((2, 4, 3, 5))
    inputs[1, 2, 0, 4] = 1  # sample 1, pixel (0, 4): row (1 * 3 + 0) * 5 + 4
    masked = conv_workload(np.ones((1, 4, 1, 1)), 3, 5, activations=inputs, batch=2).layers[0]
    assert isinstance(masked.activations, Given)
    assert np.argwhere(masked.activation_keep.to_dense()).tolist() == [[19, 2]]


@pytest.mark.parametrize("foreign", [False, True])
def test_a_tensor_is_taken_off_its_graph_and_its_device(foreign):
    weight = two_of_four(8, 4, 3)
    tensor = Tensor(weight, foreign)
    assert KeepMask.from_weight(tensor) == KeepMask.from_weight(weight)
    assert tensor.steps == ["detach", "cpu"]


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones(3), "weight: expected a weight [m, c, r, s] of a convolution or [m, k]"),
        (np.ones((2, 3, 4)), "weight: expected a weight [m, c, r, s] of a convolution or [m, k]"),
        (np.ones((0, 3)), "weight: expected a weight"),
        (np.array([[1, np.nan]]), "weight: expected numbers, got NaN"),
        (Tensor(np.array([[1, np.nan]]), foreign=True), "weight: expected numbers, got NaN"),
    ],
)
def test_a_weight_that_is_none_is_refused(weight, message):
    assert refusal(KeepMask.from_weight, weight).startswith(message)


@pytest.mark.parametrize("make", [KeepMask.from_weight, KeepMask.from_dense])
@pytest.mark.parametrize(
    ("array", "message"),
    [
        ("dense", "expected an array or tensor of numbers, got 'dense'"),
        (np.array([["a", "b"]]), "expected an array or tensor of numbers, got text"),
        ([["0", "1"]], "expected an array or tensor of numbers, got text"),
        (np.array([[1j, 0]]), "expected an array or tensor of numbers, got complex128"),
        (np.array([[None, 1]]), "expected an array or tensor of numbers, got object"),
        ([[1, 2], [3]], "expected an array or tensor of numbers, got [[1, 2], [3]]"),
        (None, "expected an array or tensor of numbers, got None"),
    ],
)
def test_what_is_no_array_of_numbers_is_a_type_error(make, array, message):
    with pytest.raises(TypeError) as caught:
        make(array)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        ([[1.0, float("nan")]], "mask: expected true and false, or 1 and 0, got nan"),
        ([[1, 0, 2]], "mask: expected true and false, or 1 and 0, got 2; KeepMask.from_weight takes weights"),
        ([[0.5, 1]], "mask: expected true and false, or 1 and 0, got 0.5"),
        (
            np.ones((2, 3, 1, 1)),
            "mask: expected a matrix [m_dim, k_dim], got shape (2, 3, 1, 1); KeepMask.from",
        ),
    ],
)
def test_a_mask_of_other_numbers_is_refused(mask, message):
    assert refusal(KeepMask.from_dense, mask).startswith(message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"groups": 0}, "conv: groups: expected a whole number of at least 1, got 0"),
        ({"groups": 4}, "conv: out_channels: expected a multiple of groups=4, got 6"),
        ({"stride": (1, 2, 3)}, "conv: stride: expected one number or two, got 3"),
        ({"padding": 0.5}, "conv: padding_h: expected a whole number of at least 0, got 0.5"),
        ({"batch": 0}, "conv: batch: expected a whole number of at least 1, got 0"),
        ({"activations": np.ones((1, 4, 3, 5))}, "conv: activations: expected inputs of 9 x 9 pixels, got"),
        (
            {"activations": np.ones((9, 9))},
            "conv: activations: expected inputs [samples, c, h, w], got shape",
        ),
        ({"activations": np.ones((1, 3, 9, 9))}, "conv: activation_keep: expected 4 channels"),
        (
            {"activations": np.ones((1, 4, 9, 9)), "activation_density": 0.5},
            "conv: activation_density: expected none beside activations, got 0.5",
        ),
        ({"activation_density": "half"}, "conv: activation_density: expected 0 to 1, got 'half'"),
    ],
)
def test_a_convolution_that_cannot_be_is_refused(arguments, message):
    assert refusal(conv_workload, np.ones((6, 4, 3, 3)), 9, 9, **arguments).startswith(message)


def test_pixels_of_a_linear_layer_are_refused():
    with pytest.raises(InputError, match="that of a 1 x 1 convolution is"):
        conv_workload(np.ones((6, 4)), 9, 9)
