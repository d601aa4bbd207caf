"""Operations that leave channels in place or tie them: by element, pooling, padding, norms, softmax, sums."""

from __future__ import annotations

from pruning.channel.graph.call import Call, axes_of, flat
from pruning.channel.graph.units import FIXED, Channels, Constant, Value

_WIDTH = "no number of channels among its operands"


def elementwise(call: Call) -> Value:
    """An operation with one result for each element, or for each channel's pixels."""
    if call.sees_width:
        raise call.refuse(_WIDTH, "one")
    if any(isinstance(other, Channels | Constant) for other in call.others):
        raise call.refuse("a single tensor among its operands", "several")
    if isinstance(call.first, Constant):
        return Constant(call.result)
    value = call.channels(call.first)
    if len(call.result) != len(value.shape) or call.result[value.axis] != len(value.units):
        raise call.refuse("the channels of its input in its result", f"a result of shape {call.result}")
    return Channels(value.units, value.axis, call.result)


def per_pixel(call: Call) -> Value:
    """Pooling and resizing: the channels have to be before the last axes."""
    value = call.channels(call.first)
    if value.axis != 1 or len(value.shape) != 4:
        raise call.refuse("channels along axis 1 of images", f"axis {value.axis} of {len(value.shape)} axes")
    return elementwise(call)


def pad(call: Call) -> Value:
    """Padding: pixels around an image; further channels would not be known."""
    value = call.channels(call.first)
    pads = list(flat(call.argument(1, "pad")))
    if len(value.shape) - len(pads) // 2 <= value.axis:
        raise call.refuse("to pad other axes than the channels'", f"pads {tuple(pads)}")
    return elementwise(call)


def prelu(call: Call) -> Value:
    """PReLU with one slope for all channels; slopes of channels would have to shrink with them."""
    slopes = getattr(call.module, "num_parameters", 0)
    if slopes != 1:
        raise call.refuse("one parameter for all channels", slopes)
    return elementwise(call)


def instance_norm(call: Call) -> Value:
    """Instance norm: each channel by its own pixels alone."""
    if getattr(call.module, "affine", True) or getattr(call.module, "track_running_stats", True):
        raise call.refuse("neither parameters nor statistics of channels", "some")
    return per_pixel(call)


def softmax(call: Call) -> Value:
    """Softmax: over the channels each one depends on all, so they stay."""
    value = call.channels(call.first)
    for unit in value.units:
        call.units.tie(FIXED, unit)
    return elementwise(call)


def binary(call: Call) -> Value:
    """Addition, product and the like tie the channels of both operands."""
    if call.sees_width:
        raise call.refuse(_WIDTH, "one")
    operands = [v for v in (*call.args, *call.kwargs.values()) if isinstance(v, Channels | Constant)]
    found = [v for v in operands if isinstance(v, Channels)]
    if not found:
        return Constant(call.result) if call.shape is not None else None
    widest = max(found, key=lambda value: len(value.units))
    from_back = widest.axis - len(widest.shape)
    width = len(widest.units)
    for value in operands:
        size = value.shape[from_back] if len(value.shape) >= -from_back else 1
        if isinstance(value, Channels) and value.axis - len(value.shape) != from_back:
            raise call.refuse("both operands' channels along the same axis", "them along two")
        if size == 1 and width > 1:
            continue  # the same for all channels
        if size != width:
            raise call.refuse("operands of as many channels each", f"{width} and {size}")
        call.units.tie_each(widest.units, value.units if isinstance(value, Channels) else (FIXED,) * width)
    return Channels(widest.units, len(call.result) + from_back, call.result)


def reduce(call: Call) -> Value:
    """Mean, sum or maximum over other axes than the channels'."""
    value = call.channels(call.first)
    axes = axes_of(value, call.argument(1, "dim"))
    if value.axis in axes:
        raise call.refuse("to reduce other axes than the channels'", f"axis {value.axis} of a tensor")
    if len(call.result) == len(value.shape):
        return Channels(value.units, value.axis, call.result)
    return Channels(value.units, value.axis - sum(axis < value.axis for axis in axes), call.result)
