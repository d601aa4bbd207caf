"""What torch's operations do with their operands: multiply, convolve, go element by element, keep numbers."""

from __future__ import annotations

from torch import Tag
from torch._ops import OpOverload

# Operands that are multiplied with each other and summed over; the rest of an operation's are added.
_FACTORS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("mm", "bmm", "mv", "dot", "vdot", "linear", "convolution", "_convolution"), (0, 1)),
    **dict.fromkeys(("addmm", "addmv", "baddbmm", "addbmm", "addr"), (1, 2)),
    **dict.fromkeys(
        (
            "_scaled_dot_product_attention_math",
            "_scaled_dot_product_flash_attention",
            "_scaled_dot_product_flash_attention_for_cpu",
            "_scaled_dot_product_efficient_attention",
            "_scaled_dot_product_cudnn_attention",
        ),
        (0, 1, 2),
    ),
}
_CONVOLUTIONS = ("convolution", "_convolution")
_MULTIPLYING = ("mul", "div", "addcmul", "addcdiv", "lerp")  # of those that go element by element
# Join tensors without a sum of products: scales and shifts of a norm, look-ups, pieces put side by side.
_JOINING: tuple[str, ...] = (
    "native_batch_norm cudnn_batch_norm miopen_batch_norm _native_batch_norm_legit",
    "_native_batch_norm_legit_no_training _batch_norm_with_update batch_norm_with_update",
    "native_layer_norm native_group_norm _fused_rms_norm _prelu_kernel",
    "embedding _embedding_bag _embedding_bag_forward_only index index_select gather take",
    "cat stack copy copy_ index_put index_put_ _index_put_impl_ index_copy index_copy_",
    "scatter scatter_ masked_fill masked_fill_ masked_scatter masked_scatter_ select_scatter slice_scatter",
    "bucketize searchsorted",
)
_NO_PRODUCT = frozenset(name for names in _JOINING for name in names.split())
_SAME_NUMBERS = ("clone", "_to_copy", "contiguous", "detach", "alias", "_unsafe_view", "lift_fresh")


def operation_name(operation: OpOverload) -> str:
    """The name of an operation: ``mm`` of ``aten::mm.default``."""
    return str(operation._schema.name).rpartition("::")[2]


def factors(operation: OpOverload) -> tuple[int, ...] | None:
    """Places of the operands that an operation multiplies with each other; None: none that is known."""
    return _FACTORS.get(operation_name(operation))


def is_convolution(operation: OpOverload) -> bool:
    """Whether an operation is a convolution: stride, padding, dilation, ... are its arguments from 3 on."""
    return operation_name(operation) in _CONVOLUTIONS


def is_elementwise(operation: OpOverload) -> bool:
    """Whether each number of an operation's result comes from the numbers at its own place."""
    return Tag.pointwise in operation.tags


def may_multiply(operation: OpOverload) -> bool:
    """Whether an element-by-element operation multiplies: a product in disguise where its result grows."""
    return operation_name(operation).rstrip("_") in _MULTIPLYING


def never_multiplies(operation: OpOverload) -> bool:
    """Whether an operation is known to join its operands in another way than by a sum of products."""
    name = operation_name(operation)
    return operation.is_view or name in _NO_PRODUCT or "fake_quant" in name


def keeps_numbers(operation: OpOverload) -> bool:
    """Whether an operation's result holds the same numbers in another shape, place or type."""
    return operation.is_view or operation_name(operation) in _SAME_NUMBERS
