"""Products of parameters and activations, watched operation by operation; tensors known by their storage.

Modules say what a network is made of, not what it computes: attention, recurrent cells and a ``forward`` of
one's own multiply parameters that lie in no convolution and no linear layer. So every operation that reaches
torch's dispatcher is looked at. A tensor is known by its storage, which views share: it holds weights
(parameters, buffers and what is computed from them alone), or what depends on the input, or neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from pruning.network.operations import (
    factors,
    is_elementwise,
    keeps_numbers,
    may_multiply,
    never_multiplies,
    operation_name,
)


@dataclass(frozen=True)
class Weights:
    """A tensor that no input changes: parameters, buffers, what is computed from them."""

    sources: frozenset[str]  # names of the parameters and buffers that it comes from
    plain: bool  # the numbers of one of them, perhaps in another shape or type


@dataclass(frozen=True)
class Product:
    """A product as the watch sees it: an operation that multiplies."""

    operation: OpOverload
    operands: tuple[Any, ...]
    factors: tuple[Tensor, ...]  # those operands that are multiplied
    weights: tuple[Weights | None, ...]  # what is known of each factor
    shape: tuple[int, ...]  # of the result

    @property
    def name(self) -> str:
        """Of the operation."""
        return operation_name(self.operation)

    @property
    def sources(self) -> frozenset[str]:
        """Parameters and buffers among the factors."""
        return frozenset().union(*(known.sources for known in self.weights if known is not None))


class ProductWatch(TorchDispatchMode):
    """While entered, calls ``see`` for each product in which parameters meet, or may meet, activations.

    Args:
        tensors: parameters and buffers by name.
        image: the input; what comes from it is an activation.
        is_data: whether a tensor is what a layer was called with, though no input changes it.
        see: is called with the product before the next operation runs.
    """

    def __init__(
        self,
        tensors: Mapping[str, Tensor],
        image: Tensor,
        is_data: Callable[[Tensor], bool],
        see: Callable[[Product], None],
    ) -> None:
        super().__init__()
        self._weights = {
            storage_of(tensor): Weights(frozenset({name}), plain=True) for name, tensor in tensors.items()
        }
        self._ranks = {name: tensor.ndim for name, tensor in tensors.items()}
        self._parameters = {name for name, tensor in tensors.items() if isinstance(tensor, nn.Parameter)}
        self._activations = {storage_of(image): image.numel()}  # of a storage: its numbers of their own
        self._alive: list[Tensor] = []  # so that no storage's number is given to another
        self._is_data, self._see = is_data, see

    def weights_of(self, tensor: Tensor) -> Weights | None:
        """What is known of a tensor that no input changes."""
        return self._weights.get(storage_of(tensor))

    def is_activation(self, tensor: Tensor) -> bool:
        """Whether a tensor depends on the input."""
        return storage_of(tensor) in self._activations

    def __torch_dispatch__(
        self,
        func: OpOverload,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run an operation, and note what its results come from."""
        kwargs = kwargs or {}
        operands = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        known = [self.weights_of(tensor) for tensor in operands]
        moving = [self.is_activation(tensor) for tensor in operands]
        result = func(*args, **kwargs)
        made = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        weights = [found for found in known if found is not None]
        if weights or any(moving):
            if found := self._product(func, args, operands, moving, made):
                self._see(found)
            # What an operation writes into is among its results, or its first operand.
            written = operands[:1] if func._schema.is_mutable else []
            if any(moving):
                self._note_activations(func, [*made, *written], operands, moving)
            else:
                self._note_weights([*made, *written], weights, keeps_numbers(func))
        return result

    def _note_activations(
        self, func: OpOverload, made: list[Tensor], operands: list[Tensor], moving: list[bool]
    ) -> None:
        """What goes number by number over an activation that was spread has no more numbers than it had."""
        sources = [tensor for tensor, moves in zip(operands, moving, strict=True) if moves]
        widest = max(tensor.numel() for tensor in sources)
        spread = is_elementwise(func) and all(tensor.numel() <= widest for tensor in made)
        own = max(map(self._own_numbers, sources))
        for tensor in made:
            place = storage_of(tensor)
            self._alive.append(tensor)
            self._weights.pop(place, None)
            if not (func.is_view and place in self._activations):
                numbers = own if spread else tensor.numel()
                self._activations[place] = max(numbers, self._activations.get(place, 0))

    def _own_numbers(self, activation: Tensor) -> int:
        """How many numbers of an activation are not copies of others, as ``expand`` makes them."""
        return min(_numbers(activation), self._activations[storage_of(activation)])

    def _note_weights(self, made: list[Tensor], weights: list[Weights], same: bool) -> None:
        sources = frozenset().union(*(found.sources for found in weights))
        plain = same and len(weights) == 1 and weights[0].plain
        for tensor in made:
            place = storage_of(tensor)
            self._alive.append(tensor)
            if place not in self._activations and not self._holds(place, sources, plain):
                self._weights[place] = Weights(sources, plain)

    def _holds(self, place: int, sources: frozenset[str], plain: bool) -> bool:
        """Whether all that is to be noted of a storage is known already: of a view, say."""
        known = self._weights.get(place)
        return known is not None and known.sources >= sources and (plain or not known.plain)

    def _product(
        self,
        func: OpOverload,
        args: tuple[Any, ...],
        operands: list[Tensor],
        moving: list[bool],
        made: list[Tensor],
    ) -> Product | None:
        places = factors(func)
        if places is not None:
            chosen = tuple(args[place] for place in places)
            if not any(self.is_activation(factor) or self._is_data(factor) for factor in chosen):
                return None  # of weights alone, or of constants: computed once, whatever the input
        elif not any(moving) or never_multiplies(func):
            return None
        elif is_elementwise(func):
            held = [t for t in operands if (w := self.weights_of(t)) and w.sources & self._parameters]
            size = max(self._own_numbers(t) for t, moves in zip(operands, moving, strict=True) if moves)
            if not (held and may_multiply(func) and made and made[0].numel() > size):
                return None
            chosen = tuple(operands)
        else:  # an operation that nobody has looked at, or one that holds a whole layer of attention
            held = [t for t in operands if self.weights_of(t) is not None]
            chosen = tuple(t for t in held if self._rank(t) > 1) or tuple(held)
            if not chosen:
                return None
        known = tuple(self.weights_of(factor) for factor in chosen)
        shape = tuple(made[0].shape) if made else ()
        return Product(func, args, chosen, known, shape)

    def _rank(self, tensor: Tensor) -> int:
        """Axes of a tensor, or of the parameters that it comes from: a bias is no factor."""
        known = self.weights_of(tensor)
        return max(tensor.ndim, *(self._ranks[name] for name in known.sources)) if known else tensor.ndim


def storage_of(tensor: Tensor) -> int:
    """The number of what holds a tensor's elements: the same for all its views while one of them lives.

    It is their address, which numpy's views share too; what has none goes by torch's own object.
    """
    if tensor.layout is not torch.strided:
        return id(tensor)
    storage = tensor.untyped_storage()
    return int(storage.data_ptr() or storage._cdata)


def _numbers(tensor: Tensor) -> int:
    """How many numbers a tensor has; those that it only repeats (``expand``) count once."""
    if tensor.layout is not torch.strided:
        return tensor.numel()
    return prod(
        size for size, stride in zip(tensor.shape, tensor.stride(), strict=True) if stride or not size
    )
