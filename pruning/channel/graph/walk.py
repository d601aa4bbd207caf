"""Follow the channels of a traced network from operation to operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from torch import fx, nn

from pruning.channel.graph.call import Call, Handler, call_name
from pruning.channel.graph.known import FUNCTIONS, METHODS, MODULES
from pruning.channel.graph.members import Member, Sized, goes_by_groups, has_plain_tensors, is_sized
from pruning.channel.graph.units import FIXED, Channels, Constant, Shape, Units, Value
from workloads.inputs import InputError

Shapes = Mapping[fx.Node, tuple[int, ...] | None]  # of each result; None where it is no tensor


class Walk:
    """Visits the operations in order and knows the units of every value."""

    def __init__(self, model: nn.Module, shapes: Shapes) -> None:
        self.units = Units()
        self.members: dict[nn.Module, Member] = {}
        self._model = model
        self._names = {module: name for name, module in model.named_modules()}
        self._shapes = shapes
        self._values: dict[fx.Node, Value] = {}

    def visit(self, node: fx.Node) -> None:
        """Take one operation more, all of whose operands have been visited.

        Raises:
            InputError: the operation is not understood, or what it does depends on a width.
        """
        shape = self._shapes[node]
        if node.op == "placeholder":
            self._values[node] = None if shape is None else Channels((FIXED,) * shape[1], 1, shape)
        elif node.op == "get_attr":
            self._values[node] = self._constant(str(node.target), shape)
        elif node.op == "output":
            for source in node.all_input_nodes:
                self._fix(self._values[source])
        else:
            self._values[node] = self._operate(node, shape)

    def _constant(self, target: str, shape: tuple[int, ...] | None) -> Value:
        owner = target.rpartition(".")[0]
        if isinstance(self._model.get_submodule(owner), Sized):
            raise InputError(f"{owner}: expected tensors that it alone uses, got {target!r} used elsewhere")
        return None if shape is None else Constant(shape)

    def _fix(self, value: Value) -> None:
        found = value.of if isinstance(value, Shape) else value
        for unit in getattr(found, "units", ()):
            self.units.tie(FIXED, unit)

    def _operate(self, node: fx.Node, shape: tuple[int, ...] | None) -> Value:
        value_of: Callable[[fx.Node], Any] = self._values.__getitem__
        args: Any = fx.node.map_arg(node.args, value_of)
        kwargs: Any = fx.node.map_arg(node.kwargs, value_of)
        module = self._model.get_submodule(str(node.target)) if node.op == "call_module" else None
        if module is not None:
            where, what = self._names[module], f"module {type(module).__name__}"
        else:
            where, what = _owner(node), f"operation {call_name(node.target)}"
        call = Call(where, what, args, kwargs, shape, self.units, module)
        if isinstance(module, Sized) and is_sized(module):
            return self._sized(call, module)
        handler: Handler | None
        if module is not None:
            handler = MODULES.get(type(module))
        elif node.op == "call_method":
            handler = METHODS.get(str(node.target).rstrip("_"))
        else:
            handler = FUNCTIONS.get(node.target)  # type: ignore[arg-type]
        if handler is not None:
            return handler(call)
        touched = any(isinstance(self._values[source], Channels) for source in node.all_input_nodes)
        if touched or shape is not None or call.sees_width:
            raise call.refuse("an operation that channel pruning understands", "another")
        return None  # arithmetic of sizes that stay

    def _sized(self, call: Call, module: Sized) -> Channels:
        """A convolution, linear layer or batch norm; the same one may come again."""
        if not has_plain_tensors(module):
            raise call.refuse("plain weights (squash masks first)", "computed or further ones")
        value = call.channels(call.first)
        axis = len(value.shape) - 1 if isinstance(module, nn.Linear) else 1
        if value.axis != axis:
            raise call.refuse(f"channels along axis {axis}", f"them along {value.axis}")
        member = self.members.get(module)
        if member is None:
            member = self._member(call.where, module, value)
            self.members[module] = member
        else:
            self.units.tie_each(member.inputs, value.units)
        member.positions += prod(call.result) // len(member.outputs)
        return Channels(member.outputs, axis, call.result)

    def _member(self, name: str, module: Sized, value: Channels) -> Member:
        if isinstance(module, nn.Linear):
            return Member(name, module, value.units, self.units.fresh(module.out_features))
        if not isinstance(module, nn.Conv2d):
            return Member(name, module, value.units, value.units)
        outputs = self.units.fresh(module.out_channels)
        if module.groups > 1:
            self._tie_groups(value.units, outputs, module.groups)
        return Member(name, module, value.units, outputs)

    def _tie_groups(self, inputs: tuple[int, ...], outputs: tuple[int, ...], groups: int) -> None:
        """Whole groups, or the channels at one place of every group: what is finer."""
        ins, outs = len(inputs) // groups, len(outputs) // groups
        if goes_by_groups(len(inputs), groups):
            for group in range(groups):
                first = inputs[group * ins]
                own = inputs[group * ins : (group + 1) * ins] + outputs[group * outs : (group + 1) * outs]
                for unit in own:
                    self.units.tie(first, unit)
            return
        for units, each in ((inputs, ins), (outputs, outs)):
            for index, unit in enumerate(units):
                self.units.tie(units[index % each], unit)


def _owner(node: fx.Node) -> str:
    """The module in whose forward an operation stands."""
    stack = node.meta.get("nn_module_stack")
    names = [path for path, _ in stack.values()] if stack else []
    return names[-1] if names and names[-1] else "model"
