"""An operation of a traced network as handlers see it: its operands, flat, its axes, its name in an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from torch import nn

from pruning.channel.graph.units import FIXED, Channels, Constant, Shape, Units, Value, Width
from workloads.inputs import InputError


@dataclass(frozen=True)
class Call:
    """An operation with the values of its operands and the shape of its result, None where no tensor."""

    where: str  # the module in whose forward it stands
    what: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    shape: tuple[int, ...] | None
    units: Units
    module: nn.Module | None = None

    def refuse(self, expected: str, got: object) -> InputError:
        """The error that this operation is not what was expected."""
        return InputError(f"{self.where}: {self.what}: expected {expected}, got {got}")

    def argument(self, index: int, name: str, default: Any = None) -> Any:
        """An argument by position or by name; an attribute of that name for a module."""
        if self.module is not None:
            return getattr(self.module, name, default)
        return self.args[index] if len(self.args) > index else self.kwargs.get(name, default)

    @property
    def first(self) -> Value:
        """The operand that the operation is about."""
        value: Value = self.args[0] if self.args else self.kwargs.get("input")
        return value

    @property
    def others(self) -> tuple[Any, ...]:
        """All operands and options but the first."""
        return tuple(flat((self.args[1:], {k: v for k, v in self.kwargs.items() if k != "input"})))

    def channels(self, value: Value) -> Channels:
        """``value`` as a tensor with channels; those of a constant stay.

        Raises:
            InputError: it is a number, or a constant without channels.
        """
        if isinstance(value, Constant) and len(value.shape) > 1:
            return Channels((FIXED,) * value.shape[1], 1, value.shape)
        if not isinstance(value, Channels):
            got = f"a constant of shape {value.shape}" if isinstance(value, Constant) else "something else"
            raise self.refuse("a tensor with channels as its input", got)
        return value

    @property
    def sees_width(self) -> bool:
        """Whether an operand is a number of channels, or sizes with it."""
        return any(isinstance(value, Width | Shape) for value in flat((self.args, self.kwargs)))

    @property
    def result(self) -> tuple[int, ...]:
        """The shape of the result.

        Raises:
            InputError: the result is no tensor.
        """
        if self.shape is None:
            raise self.refuse("a single tensor as its result", "something else")
        return self.shape


Handler = Callable[[Call], Value]


def flat(values: Any) -> Iterator[Any]:
    """The operands that stand in nested tuples, lists, dictionaries and slices."""
    if isinstance(values, dict):
        values = tuple(values.values())
    elif isinstance(values, slice):
        values = (values.start, values.stop, values.step)
    if not isinstance(values, tuple | list):
        yield values
        return
    for value in values:
        yield from flat(value)


def call_name(target: object) -> str:
    """How an operation of a traced network is called in an error."""
    return target if isinstance(target, str) else str(getattr(target, "__name__", target))


def axes_of(value: Channels, given: Any) -> list[int]:
    """The axes that an operation was given, counted from the front; all of them if none is given."""
    count = len(value.shape)
    chosen = range(count) if given is None else flat(given)
    return [axis % count for axis in chosen]
