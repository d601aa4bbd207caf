"""A layer lowers to the GEMM that a loop over its outputs and weights would count."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from refusals import refusal

from workloads import Layer


def count_by_sliding(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Places at which the kernel fits, found by trying."""
    padded = size + 2 * padding
    return sum(start + dilation * (kernel - 1) < padded for start in range(0, padded, stride))


@given(
    size=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    kernel=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    stride=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    padding=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    dilation=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    channels=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    groups=st.integers(1, 4),
    batch=st.integers(1, 3),
)
def test_a_convolution_counts_what_sliding_its_kernel_counts(
    size, kernel, stride, padding, dilation, channels, groups, batch
):
    out_h, out_w = (
        count_by_sliding(*axis) for axis in zip(size, kernel, stride, padding, dilation, strict=True)
    )
    assume(out_h and out_w)
    c_in, c_out = channels[0] * groups, channels[1] * groups
    layer = Layer(
        "c", "conv", c_in, c_out, *size, *kernel, *stride, *padding, *dilation, groups=groups, batch=batch
    )
    assert (layer.out_h, layer.out_w) == (out_h, out_w)
    assert (layer.m_dim, layer.k_dim, layer.n_dim) == (
        c_out,
        kernel[0] * kernel[1] * channels[0],
        out_h * out_w * batch,
    )
    pairs = sum(  # an output channel meets the input channels of its own group
        o // channels[1] == i // channels[0] for o in range(c_out) for i in range(c_in)
    )
    assert layer.weights == pairs * kernel[0] * kernel[1]
    assert layer.macs == pairs * kernel[0] * kernel[1] * out_h * out_w * batch


def test_a_strided_convolution_worked_by_hand():
    layer = Layer("stem", "conv", 3, 64, 224, 224, 7, 7, stride_h=2, stride_w=2, padding_h=3, padding_w=3)
    assert (layer.m_dim, layer.k_dim, layer.n_dim) == (64, 147, 112 * 112)
    assert layer.macs == 118_013_952


def test_a_linear_layer_has_a_column_for_each_input_of_the_batch():
    layer = Layer.linear("fc", 512, 10, batch=3)
    assert (layer.kind, layer.m_dim, layer.k_dim, layer.n_dim, layer.macs) == ("linear", 10, 512, 3, 15360)


def test_a_gemm_is_its_three_dims():
    layer = Layer.gemm("g", 5, 7, 11)
    assert (layer.kind, layer.m_dim, layer.k_dim, layer.n_dim, layer.weights) == ("gemm", 5, 7, 11, 35)


@pytest.mark.parametrize(("in_channels", "groups", "expected"), [(8, 8, True), (8, 4, False), (1, 1, False)])
def test_depthwise_means_one_input_channel_of_several(in_channels, groups, expected):
    assert Layer("d", "conv", in_channels, 8, groups=groups).depthwise is expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "pool"}, "x: kind: expected one of conv, linear, gemm, got 'pool'"),
        ({"in_channels": 0}, "x: in_channels: expected a whole number of at least 1, got 0"),
        ({"out_channels": -1}, "x: out_channels: expected a whole number of at least 1, got -1"),
        ({"padding_h": -1}, "x: padding_h: expected a whole number of at least 0, got -1"),
        ({"stride_w": 0}, "x: stride_w: expected a whole number of at least 1, got 0"),
        ({"kernel_h": True}, "x: kernel_h: expected a whole number of at least 1, got True"),
        ({"in_h": 2.0}, "x: in_h: expected a whole number of at least 1, got 2.0"),
        ({"in_channels": 5, "groups": 2}, "x: in_channels: expected a multiple of groups=2, got 5"),
        ({"out_channels": 5, "groups": 2}, "x: out_channels: expected a multiple of groups=2, got 5"),
        ({"kernel_h": 3}, "x: expected an input that the kernel fits into, got 1 x 1"),
        ({"in_channels": 10**10, "in_w": 10**10}, "x: expected at most 9.01e+15 MACs, got"),
        ({"name": ""}, "layer: name: expected printable text, got ''"),
        ({"name": "a\nb"}, "layer: name: expected printable text, got 'a\\nb'"),
        ({"name": ["a"]}, "layer: name: expected printable text, got ['a']"),
    ],
)
def test_a_geometry_that_cannot_be_is_refused_by_name(change, message):
    good = {"name": "x", "kind": "conv", "in_channels": 4, "out_channels": 4}
    assert refusal(Layer, **{**good, **change}).startswith(message)
