"""A layer with its keep-mask and its input activations, from a mask or from a framework's weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from workloads.activations import DENSE, Activations, Given, PerChannel, Uniform
from workloads.inputs import InputError
from workloads.inputs.arrays import nonzero
from workloads.inputs.values import instance, shown, whole_number
from workloads.layer import Layer
from workloads.masks import KeepMask
from workloads.masks.weight_order import gemm_order


@dataclass(frozen=True)
class MaskedLayer:
    """A layer, the weights that survive in it, and which of its input activations are not zero.

    Raises:
        InputError: a mask of another shape, or activations that are not the layer's.
        TypeError: anything that is no layer, mask or activations.
    """

    layer: Layer
    mask: KeepMask
    activations: Activations = DENSE
    exempt: str = ""  # why it stays dense where the others take a pattern

    def __post_init__(self) -> None:
        instance(self.layer, Layer, "layer")
        instance(self.mask, KeepMask, f"{self.layer.name}: mask", ", as KeepMask.from_weight gives it")
        if not isinstance(self.activations, Uniform | PerChannel | Given):
            raise TypeError(
                f"{self.layer.name}: activations: expected some of workloads.activations,"
                f" got {shown(self.activations)}"
            )
        shape = (self.mask.m_dim, self.mask.k_dim)
        if shape != (self.layer.m_dim, self.layer.k_dim):
            raise InputError(
                f"{self.layer.name}: expected a mask of {self.layer.m_dim} x {self.layer.k_dim}, got {shape}"
            )
        self.activations.check(self.layer)
        instance(self.exempt, str, f"{self.layer.name}: exempt")

    @classmethod
    def from_weight(
        cls,
        name: str,
        weight: object,
        in_h: int = 1,
        in_w: int = 1,
        *,
        stride: int | Sequence[int] = 1,
        padding: int | Sequence[int] = 0,
        dilation: int | Sequence[int] = 1,
        groups: int = 1,
        batch: int = 1,
        activations: Activations = DENSE,
    ) -> MaskedLayer:
        """The layer of a framework's weight, whose zeros are the weights that are gone.

        Args:
            weight: [m, c, r, s] of a convolution (c the channels of one group), or [m, k] of a linear layer,
                as torch has them: a numpy array or a torch tensor.
            in_h: rows of pixels of the convolution's input, without padding.
            in_w: columns of pixels of it.
            stride: one number, or one of height and one of width.
            padding: likewise.
            dilation: likewise.
            activations: which inputs are not zero, of :mod:`workloads.activations`.

        Raises:
            InputError: sizes that cannot be, NaN in the weight, or pixels of a linear layer.
            TypeError: no array of numbers.
        """
        keep = nonzero(weight, f"{name}: weight")
        mask = KeepMask.from_dense(gemm_order(keep, f"{name}: weight"))
        if keep.ndim == 2:
            if (in_h, in_w, stride, padding, dilation, groups) != (1, 1, 1, 0, 1, 1):
                raise InputError(
                    f"{name}: expected no pixels, stride, padding, dilation or groups beside a weight [m, k];"
                    " that of a 1 x 1 convolution is [m, c, 1, 1]"
                )
            return cls(Layer.linear(name, mask.k_dim, mask.m_dim, batch), mask, activations)
        out_channels, channels, kernel_h, kernel_w = keep.shape
        groups = whole_number(groups, f"{name}: groups", 1)
        geometry = {
            f"{what}_{axis}": size
            for what, sizes in (("stride", stride), ("padding", padding), ("dilation", dilation))
            for axis, size in zip("hw", _of_both(sizes, f"{name}: {what}"), strict=True)
        }
        layer = Layer(
            name,
            "conv",
            in_channels=channels * groups,
            out_channels=out_channels,
            in_h=in_h,
            in_w=in_w,
            kernel_h=kernel_h,
            kernel_w=kernel_w,
            groups=groups,
            batch=batch,
            **geometry,
        )
        return cls(layer, mask, activations)

    @property
    def macs(self) -> int:
        """Effectual multiply-accumulates: surviving weights x output pixels."""
        return self.mask.kept * self.layer.n_dim

    @property
    def activation_density(self) -> float:
        """Fraction of input activations that are not zero; padding is not among them."""
        return self.activations.density

    @cached_property
    def activation_keep(self) -> KeepMask:
        """Which input activations are not zero: [batch x in_h x in_w, in_channels], without padding."""
        return self.activations.keep_mask(self.layer, self.layer.name)


def _of_both(sizes: int | Sequence[int], what: str) -> Sequence[int]:
    """Height's and width's of one number or of two."""
    if not isinstance(sizes, list | tuple):
        return (sizes, sizes)  # type: ignore[return-value]
    if len(sizes) != 2:
        raise InputError(f"{what}: expected one number or two, got {len(sizes)}")
    return sizes
