"""A layer in numbers, as kernels take it: its matrices and convolution groups, its pixels."""

from __future__ import annotations

from typing import NamedTuple


class LayerShape(NamedTuple):
    """The matrices of a layer, and the convolution groups that its channels lie in."""

    m_dim: int  # output channels
    k_dim: int
    n_dim: int  # output pixels
    group_out_channels: int  # of a convolution group
    in_channels: int
    group_channels: int  # input channels of a convolution group


class Geometry(NamedTuple):
    """The pixels of a layer, of height and width each."""

    out_h: int
    out_w: int
    in_h: int
    in_w: int
    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int
    padding_h: int
    padding_w: int
    dilation_h: int
    dilation_w: int
