"""Trace a network into its dependency graph: which channels of which modules only vanish together.

torch.fx traces the network; its operations are then walked in order, each passing on or tying the units
(:mod:`pruning.channel.graph.units`) of its operands. An operation that is not understood is refused.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, fx, nn

from pruning.channel.graph.members import Graph, Member, Sized, is_sized
from pruning.channel.graph.walk import Walk
from pruning.network.layers import evaluation_mode
from workloads.inputs import InputError, explained


class _Tracer(fx.Tracer):
    """Convolutions, linear layers and batch norms of a user's own classes are not traced into."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return is_sized(m) or super().is_leaf_module(m, module_qualified_name)


class _Shapes(fx.Interpreter):
    """Runs the network and notes the shape of every tensor."""

    def __init__(self, module: fx.GraphModule) -> None:
        super().__init__(module)
        self.found: dict[fx.Node, tuple[int, ...] | None] = {}

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        self.found[n] = tuple(result.shape) if isinstance(result, Tensor) else None
        return result


@torch.no_grad()
def trace_graph(model: nn.Module, example: Tensor) -> Graph:
    """Trace ``model`` on ``example`` [batch, channels, ...], inputs of it; the model is not changed.

    What the model does in evaluation mode is traced.

    Raises:
        InputError: torch.fx cannot trace the model, it does not run on the example, layers run in training
            mode alone, weights are computed, shared between modules or read by other operations, or an
            operation is not understood.
    """
    if example.ndim < 2 or not len(example):
        raise InputError(f"example: expected [batch, channels, ...], got shape {tuple(example.shape)}")
    with evaluation_mode(model):
        graph = _traced(model)
        shapes = _Shapes(fx.GraphModule(model, graph))
        with explained(f"model: expected a network for inputs {tuple(example.shape)}, got the error"):
            shapes.run(example)
        walk = Walk(model, shapes.found)
        for node in graph.nodes:
            walk.visit(node)
        model.train()
        _require_in_evaluation(model, _traced(model), walk.members)
    members = tuple(walk.members.values())
    if all(member.is_norm for member in members):
        raise InputError("model: expected at least one Conv2d or Linear, got none")
    _require_own_parameters(model, members)
    return Graph(members, walk.units, example.shape[0])


def _traced(model: nn.Module) -> fx.Graph:
    with explained("model: expected a network that torch.fx can trace, got"):
        return _Tracer().trace(model)


def _require_in_evaluation(model: nn.Module, training: fx.Graph, members: dict[nn.Module, Member]) -> None:
    """A layer that runs in training mode alone would keep the width of what became smaller before it."""
    for node in training.nodes:
        module = model.get_submodule(str(node.target)) if node.op == "call_module" else None
        if isinstance(module, Sized) and module not in members:
            raise InputError(f"{node.target}: expected to run in evaluation mode too, got training alone")


def _require_own_parameters(model: nn.Module, members: tuple[Member, ...]) -> None:
    """A weight that two modules share cannot shrink for one of them."""
    sized: dict[nn.Module, str] = {member.module: member.name for member in members}
    owners: dict[int, nn.Module] = {}
    for module in model.modules():
        for parameter in module.parameters(recurse=False):
            other = owners.setdefault(id(parameter), module)
            if other is not module and (module in sized or other in sized):
                name = sized.get(module) or sized[other]
                raise InputError(f"{name}: expected parameters of its own, got one that two modules share")
