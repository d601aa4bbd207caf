"""Operations that join, move, flatten or slice channels, add or drop axes, or ask a tensor for its sizes."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from pruning.channel.graph.call import Call, axes_of, flat
from pruning.channel.graph.units import Channels, Constant, Shape, Value, Width


def cat(call: Call) -> Value:
    """Concatenation: along the channels the operands' follow each other; along another axis they are tied."""
    operands = [call.channels(value) for value in call.argument(0, "tensors")]
    first = operands[0]
    axis = call.argument(1, "dim", 0) % len(call.result)
    if any(value.axis != first.axis for value in operands):
        raise call.refuse("all operands' channels along the same axis", "them along several")
    if axis == first.axis:
        units = tuple(unit for value in operands for unit in value.units)
        return Channels(units, axis, call.result)
    for value in operands[1:]:
        call.units.tie_each(first.units, value.units)
    return Channels(first.units, first.axis, call.result)


def flatten(call: Call) -> Value:
    """Each channel becomes as many features as it has pixels."""
    value = call.channels(call.first)
    default = 1 if call.module is not None else 0
    start = call.argument(1, "start_dim", default) % len(value.shape)
    end = call.argument(2, "end_dim", -1) % len(value.shape)
    if start > value.axis:
        return Channels(value.units, value.axis, call.result)
    if end < value.axis:
        return Channels(value.units, value.axis - (end - start), call.result)
    if start < value.axis:
        raise call.refuse(f"to begin at the channels' axis {value.axis}", f"start_dim {start}")
    return _repeat(value, prod(value.shape[value.axis + 1 : end + 1]), call.result)


def _repeat(value: Channels, times: int, shape: tuple[int, ...]) -> Channels:
    return Channels(tuple(u for u in value.units for _ in range(times)), value.axis, shape)


def reshape(call: Call) -> Value:
    """A flattening with -1 for the features, or a reshaping of what is behind the channels."""
    value = call.channels(call.first)
    sizes = list(flat(call.args[1:])) or list(flat(call.kwargs.get("shape", ())))
    axis, before, after = value.axis, value.shape, call.result
    adapts = len(sizes) == len(after) and axis < len(after)
    if adapts and isinstance(sizes[axis], Width):
        adapts = call.units.same(sizes[axis].units, value.units)
    elif adapts:
        adapts = sizes[axis] == -1
    others = [size for index, size in enumerate(sizes) if index != axis]
    if not adapts or any(isinstance(s, Width | Shape) for s in others) or after[:axis] != before[:axis]:
        raise call.refuse(
            "-1 or the width of its input for the channels and the axes before them unchanged",
            f"{before} to {after} in sizes that do not follow the width",
        )
    if after[axis] == before[axis]:
        return Channels(value.units, axis, after)
    if axis != len(after) - 1:
        raise call.refuse(
            "channels that stay or are flattened with all axes behind them", f"{before} to {after}"
        )
    return _repeat(value, prod(before[axis + 1 :]), after)


def permute(call: Call) -> Value:
    """The channels move with their axis."""
    value = call.channels(call.first)
    order = axes_of(value, call.args[1:] or call.kwargs.get("dims"))
    return Channels(value.units, order.index(value.axis), call.result)


def transpose(call: Call) -> Value:
    """The channels move with their axis."""
    value = call.channels(call.first)
    one, other = axes_of(value, (call.argument(1, "dim0"), call.argument(2, "dim1")))
    axis = {one: other, other: one}.get(value.axis, value.axis)
    return Channels(value.units, axis, call.result)


def unsqueeze(call: Call) -> Value:
    """A new axis of size 1."""
    value = call.channels(call.first)
    axis = call.argument(1, "dim") % len(call.result)
    return Channels(value.units, value.axis + (axis <= value.axis), call.result)


def squeeze(call: Call) -> Value:
    """Axes of size 1 go; which ones has to be said, since a width may become 1."""
    value = call.channels(call.first)
    given = call.argument(1, "dim")
    if given is None:
        raise call.refuse("the axes to drop by number", "none")
    axes = axes_of(value, given)
    if value.axis in axes:
        raise call.refuse("to drop other axes than the channels'", f"axis {value.axis}")
    gone = sum(axis < value.axis and value.shape[axis] == 1 for axis in axes)
    return Channels(value.units, value.axis - gone, call.result)


def item(call: Call) -> Value:
    """An entry of a shape, or slices of a tensor that leave the channels whole."""
    value, index = call.args
    if isinstance(value, Shape):
        found = range(len(value.of.shape))[index]
        if isinstance(found, int):
            return Width(value.of.units) if found == value.of.axis else None
        if value.of.axis in found:
            raise call.refuse("a slice of a shape without the number of channels", "one with it")
        return None
    if any(isinstance(size, Width | Shape) for size in flat(index)):
        raise call.refuse("slices that do not depend on the number of channels", "one that does")
    if not isinstance(value, Channels):
        return Constant(call.shape) if call.shape is not None else None
    places = index if isinstance(index, tuple) else (index,)
    whole = len(places) <= value.axis or places[value.axis] == slice(None)
    if not whole or not all(isinstance(place, slice) for place in places):
        raise call.refuse("slices that leave the channels whole", f"[{', '.join(map(_place, places))}]")
    return Channels(value.units, value.axis, call.result)


def _place(place: object) -> str:
    if not isinstance(place, slice):
        return "..." if place is Ellipsis else str(place)
    ends = [place.start, place.stop] if place.step is None else [place.start, place.stop, place.step]
    return ":".join("" if end is None else str(end) for end in ends)


def size(call: Call) -> Value:
    """An operation that asks a tensor for its sizes, or for one of them."""
    value = call.first
    if not isinstance(value, Channels):
        return None
    axis = call.argument(1, "dim")
    if axis is None:
        return Shape(value)
    return Width(value.units) if axis % len(value.shape) == value.axis else None


def attribute(call: Call) -> Value:
    """An attribute of a tensor: ``x.shape``, and what does not depend on channels."""
    name = call.args[1]
    if name == "shape":
        return size(replace(call, args=call.args[:1]))
    if name in ("device", "dtype", "ndim"):
        return None
    raise call.refuse("shape, device, dtype or ndim", repr(name))
