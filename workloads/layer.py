"""The geometry of one layer and how it lowers to a GEMM: its dimensions m, k and n, weights and MACs.

Every layer is held as a convolution: a linear layer is a 1 x 1 convolution on a 1 x 1 image, and a
GEMM [m, k] x [k, n] is a 1 x 1 convolution on an image of 1 x n pixels. So there is one geometry.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

from workloads.inputs import InputError
from workloads.inputs.values import one_of, shown, whole_number

KINDS = ("conv", "linear", "gemm")
# Beyond what any network has, and low enough that counts, which are int64, hold.
MOST_SIZE = 2**40  # of each size; n_dim of a GEMM is one
MOST_WEIGHTS = 2**34
MOST_PLACES = 2**48  # of the inputs with their padding, and of the outputs
MOST_MACS = 2**53  # the simulator's counts, up to 2^9 a MAC, stay in int64


@dataclass(frozen=True)
class Layer:
    """Geometry of a layer; sizes in elements.

    Lowered to ``weights [m_dim, k_dim] x activations [k_dim, n_dim]`` per convolution group, where a
    row of weights holds its taps in the order (r, s, c), c fastest.

    Raises:
        InputError: a size that is no whole number (numpy's will do) from 1 (padding: 0) to 2**40, sizes that
            contradict each other, or more than 2**34 weights, 2**48 padded inputs or outputs or 2**53 MACs.
    """

    name: str  # of the layer, no other of the network has it
    kind: str  # conv, linear or gemm
    in_channels: int  # of the input feature map
    out_channels: int  # of the output feature map
    in_h: int = 1  # rows of the input
    in_w: int = 1  # columns of the input
    kernel_h: int = 1  # rows of the kernel
    kernel_w: int = 1  # columns of the kernel
    stride_h: int = 1  # input rows from one output row to the next
    stride_w: int = 1  # input columns from one output column to the next
    padding_h: int = 0  # rows of zeros above and below
    padding_w: int = 0  # columns of zeros left and right
    dilation_h: int = 1  # input rows from one kernel row to the next
    dilation_w: int = 1  # input columns from one kernel column to the next
    groups: int = 1  # convolution groups; as many as channels: depthwise
    batch: int = 1  # inputs at once

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name or not self.name.isprintable():
            raise InputError(f"layer: name: expected printable text, got {shown(self.name)}")
        one_of(self.kind, KINDS, f"{self.name}: kind")
        for field in fields(self):
            if field.name in ("name", "kind"):
                continue
            least = 0 if field.name.startswith("padding") else 1
            value = whole_number(getattr(self, field.name), f"{self.name}: {field.name}", least)
            if value > MOST_SIZE:
                raise InputError(
                    f"{self.name}: {field.name}: expected at most {MOST_SIZE:,}, got {shown(value)}"
                )
            object.__setattr__(self, field.name, value)  # numpy's whole numbers become Python's
        for what in ("in_channels", "out_channels"):
            if getattr(self, what) % self.groups:
                raise InputError(
                    f"{self.name}: {what}: expected a multiple of groups={self.groups},"
                    f" got {getattr(self, what)}"
                )
        if self.out_h < 1 or self.out_w < 1:
            raise InputError(
                f"{self.name}: expected an input that the kernel fits into, got {self.in_h} x {self.in_w}"
            )
        padded = (self.in_h + 2 * self.padding_h) * (self.in_w + 2 * self.padding_w)
        for what, got, most in (
            ("MACs", self.macs, MOST_MACS),
            ("weights", self.weights, MOST_WEIGHTS),
            ("inputs, padding among them", self.batch * padded * self.in_channels, MOST_PLACES),
            ("outputs", self.m_dim * self.n_dim, MOST_PLACES),
        ):
            if got > most:
                raise InputError(f"{self.name}: expected at most {most:.3g} {what}, got {got:.3g}")

    @classmethod
    def linear(cls, name: str, in_features: int, out_features: int, batch: int = 1) -> Layer:
        """A fully connected layer."""
        return cls(name, "linear", in_features, out_features, batch=batch)

    @classmethod
    def gemm(cls, name: str, m_dim: int, k_dim: int, n_dim: int) -> Layer:
        """A product of weights [m_dim, k_dim] and activations [k_dim, n_dim]."""
        return cls(name, "gemm", k_dim, m_dim, in_w=n_dim)

    @cached_property
    def out_h(self) -> int:
        """Rows of the output image."""
        reach = self.dilation_h * (self.kernel_h - 1) + 1
        return (self.in_h + 2 * self.padding_h - reach) // self.stride_h + 1

    @cached_property
    def out_w(self) -> int:
        """Columns of the output image."""
        reach = self.dilation_w * (self.kernel_w - 1) + 1
        return (self.in_w + 2 * self.padding_w - reach) // self.stride_w + 1

    @property
    def m_dim(self) -> int:
        """Output channels, over all convolution groups."""
        return self.out_channels

    @property
    def group_channels(self) -> int:
        """Input channels that one output channel sees."""
        return self.in_channels // self.groups

    @property
    def k_dim(self) -> int:
        """Weights of one output channel: kernel_h x kernel_w x input channels of its group."""
        return self.kernel_h * self.kernel_w * self.group_channels

    @cached_property
    def n_dim(self) -> int:
        """Output pixels x batch."""
        return self.batch * self.out_h * self.out_w

    @property
    def weights(self) -> int:
        """Weights of the layer."""
        return self.m_dim * self.k_dim

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the dense layer; biases and padding are not counted out."""
        return self.weights * self.n_dim

    @property
    def depthwise(self) -> bool:
        """Whether each output channel sees a single input channel of several."""
        return self.groups > 1 and self.group_channels == 1
