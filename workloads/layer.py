"""One layer of a network and how it lowers to a GEMM.

Every layer is held as a convolution: a linear layer is a 1 x 1 convolution on a 1 x 1 image, and a
GEMM [m, k] x [k, n] is a 1 x 1 convolution on an image of 1 x n pixels. So there is one geometry.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from workloads.inputs import InputError

KINDS = ("conv", "linear", "gemm")
MOST_MACS = 10**18


@dataclass(frozen=True)
class Layer:
    """Geometry of a layer; sizes in elements.

    Lowered to ``weights [m_dim, k_dim] x activations [k_dim, n_dim]`` per convolution group, where a
    row of weights holds its taps in the order (r, s, c), c fastest.
    """

    name: str
    kind: str
    in_channels: int
    out_channels: int
    in_h: int = 1
    in_w: int = 1
    kernel_h: int = 1
    kernel_w: int = 1
    stride_h: int = 1
    stride_w: int = 1
    padding_h: int = 0
    padding_w: int = 0
    dilation_h: int = 1
    dilation_w: int = 1
    groups: int = 1
    batch: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name or not self.name.isprintable():
            raise InputError(f"layer: name: expected printable text, got {self.name!r}")
        if self.kind not in KINDS:
            raise InputError(f"{self.name}: kind: expected one of {', '.join(KINDS)}, got {self.kind!r}")
        for field in fields(self):
            value = getattr(self, field.name)
            least = 0 if field.name.startswith("padding") else 1
            if field.name in ("name", "kind"):
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InputError(
                    f"{self.name}: {field.name}: expected a whole number of at least {least}, got {value!r}"
                )
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
        if self.macs > MOST_MACS:  # counts are int64
            raise InputError(f"{self.name}: expected at most {MOST_MACS:.0e} MACs, got {self.macs:.0e}")

    @classmethod
    def linear(cls, name: str, in_features: int, out_features: int, batch: int = 1) -> Layer:
        """A fully connected layer."""
        return cls(name, "linear", in_features, out_features, batch=batch)

    @classmethod
    def gemm(cls, name: str, m_dim: int, k_dim: int, n_dim: int) -> Layer:
        """A product of weights [m_dim, k_dim] and activations [k_dim, n_dim]."""
        return cls(name, "gemm", k_dim, m_dim, in_w=n_dim)

    @property
    def out_h(self) -> int:
        """Rows of the output image."""
        reach = self.dilation_h * (self.kernel_h - 1) + 1
        return (self.in_h + 2 * self.padding_h - reach) // self.stride_h + 1

    @property
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

    @property
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
