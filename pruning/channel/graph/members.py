"""Modules with channels: which are torch's own, of plain tensors, or lose whole groups; the graph of all."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from pruning.channel.graph.units import Units

Sized = nn.Conv2d | nn.Linear | nn.BatchNorm1d | nn.BatchNorm2d
_KINDS: tuple[type[nn.Module], ...] = (nn.Conv2d, nn.Linear, nn.BatchNorm1d, nn.BatchNorm2d)
_TENSORS = {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"}


@dataclass
class Member:
    """A module with channels, and the unit of each of its inputs and outputs."""

    name: str
    module: Sized
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]  # those of the inputs in a batch norm
    positions: int = 0  # at how many pixels or tokens it computes in all

    @property
    def is_norm(self) -> bool:
        """Whether it is a batch norm."""
        return isinstance(self.module, nn.BatchNorm1d | nn.BatchNorm2d)

    @property
    def groups(self) -> int:
        """Convolution groups; 1 for a linear layer."""
        return self.module.groups if isinstance(self.module, nn.Conv2d) else 1

    @property
    def loses_groups(self) -> bool:
        """Whether a grouped convolution loses whole groups rather than as many channels of each."""
        return goes_by_groups(len(self.inputs), self.groups)


@dataclass(frozen=True)
class Graph:
    """All modules with channels, in the order in which they first run, and their units."""

    members: tuple[Member, ...]
    units: Units
    batch: int  # inputs in the example


def goes_by_groups(in_channels: int, groups: int) -> bool:
    """Whether a convolution loses whole groups: what is finer, and all that a depthwise one can lose."""
    return groups > in_channels // groups


def is_sized(module: nn.Module) -> bool:
    """Whether it is a convolution, linear layer or batch norm, and computes as torch's own do."""
    return any(
        isinstance(module, kind)
        and type(module).forward is kind.forward
        and getattr(type(module), "_conv_forward", None) is getattr(kind, "_conv_forward", None)
        for kind in _KINDS
    )


def has_plain_tensors(module: nn.Module) -> bool:
    """Whether its weights are parameters of its own, neither masked nor computed when it runs."""
    own = {*module._parameters, *module._buffers}
    return own <= _TENSORS and "weight" in own and not list(module.children())
