"""What a network computes: the layers that it runs, in order, and the parameters that are left out of them.

Found by running the network once. Every parameter that takes part in a product is the weight of a
convolution or a linear layer, or is left out by name, or the network is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from pruning.fields.types import names_of
from pruning.network.layers import (
    Prunable,
    describe_layer,
    evaluation_mode,
    module_name,
    require_image_shape,
    use_name,
)
from pruning.network.named_tensors import LeftOut, NamedTensors
from pruning.network.operations import is_convolution
from pruning.network.products import Product, ProductWatch, storage_of
from workloads.inputs import InputError, explained
from workloads.inputs.values import instance
from workloads.layer import Layer

_MOST_NAMED = 4  # further parameters in one message
_OFFER = "leave it out by its name or its module's, and it counts as dense"


@dataclass(frozen=True)
class Program:
    """What a network computes: the products of one pass over an image."""

    uses: tuple[Layer, ...]  # in running order; one that runs again is ``name@2``, ``name@3``, ...
    left: tuple[LeftOut, ...]  # what was left out by name, in running order
    activation_products: tuple[str, ...]  # of two activations, which have no weights: where, and what

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Each layer once, as it ran first."""
        return tuple(use for use in self.uses if module_name(use.name) == use.name)

    @property
    def weights_left(self) -> int:
        """Weights of all that was left out."""
        return sum(left.weights for left in self.left)

    def macs(self, name: str) -> int:
        """Multiply-accumulates of all uses of a layer, dense."""
        return sum(use.macs for use in self.uses if module_name(use.name) == name)


def trace_program(model: nn.Module, image_shape: tuple[int, int, int], leave: Iterable[str] = ()) -> Program:
    """What ``model`` computes of one image in evaluation mode.

    Args:
        image_shape: channels, height, width of one input image.
        leave: names of parameters, or of modules for all that is theirs, that are left out: nothing prunes
            them, and they count as dense.

    Raises:
        InputError: ``image_shape`` is no such thing, the network does not take such an image or has no
            layer; a parameter takes part in a product elsewhere than as the weight of a Conv2d or Linear
            module that is called as such; two of these share a weight; a layer is of a kind that the
            lowering does not know (a linear layer over a sequence, padding given as text); or a name in
            ``leave`` is of nothing that takes part in a product.
    """
    instance(model, nn.Module, "model")
    require_image_shape(image_shape)
    names = NamedTensors(model)
    seen = _Seen(model, names, names.called(names_of("leave", leave)))
    first = next(model.parameters(), torch.zeros(()))
    with explained(f"model: expected a network for images {tuple(image_shape)}, got the error"):
        image = torch.zeros((1, *image_shape), dtype=first.dtype, device=first.device)
        watch = ProductWatch(names.tensors, image, seen.is_data, seen.see)
        with torch.no_grad(), evaluation_mode(model), seen.calls(), watch:
            model(image)
    return seen.program()


def trace_layers(
    model: nn.Module, image_shape: tuple[int, int, int], leave: Iterable[str] = ()
) -> tuple[Layer, ...]:
    """Geometry of every convolution and linear layer, in running order; args as of :func:`trace_program`.

    A layer's name is its module's. A module that runs more than once is listed once, as it ran first.
    """
    return trace_program(model, image_shape, leave).layers


@dataclass
class _Call:
    """A module that is running."""

    name: str
    module: nn.Module
    data: Tensor | None  # what it was called with
    multiplied: bool = False  # its weight, already

    @property
    def where(self) -> str:
        """How it reads in a message."""
        return f"{self.name or 'the model'} ({type(self.module).__name__})"


class _Seen:
    """Turns products into layers, parameters left out and refusals."""

    def __init__(self, model: nn.Module, names: NamedTensors, called: dict[str, set[str]]) -> None:
        self._model, self._names, self._called = model, names, called
        self._leave = frozenset().union(*called.values())
        self._running: list[_Call] = []
        self._uses: list[Layer] = []
        self._counts: dict[str, int] = {}
        self._owners: dict[str, str] = {}  # of a weight: the layer that multiplied it first
        self._left: dict[str, LeftOut] = {}
        self._outside: dict[str, str] = {}  # parameters that no layer has: what multiplies them
        self._misfits: dict[str, str] = {}  # layers: what is wrong with them
        self._of_activations: dict[str, None] = {}

    @contextmanager
    def calls(self) -> Iterator[None]:
        """While open, know which modules are running."""
        handles: list[RemovableHandle] = []
        # Compiled by TorchScript they take no hooks: what they multiply is seen all the same.
        named = self._model.named_modules()
        names = {module: name for name, module in named if not isinstance(module, torch.jit.ScriptModule)}

        def enter(module: nn.Module, inputs: tuple[object, ...], named: dict[str, object]) -> None:
            given = [value for value in (*inputs, *named.values()) if isinstance(value, Tensor)]
            self._running.append(_Call(names[module], module, given[0] if given else None))

        def leave(module: nn.Module, *_: object) -> None:
            if self._running and self._running[-1].module is module:
                self._running.pop()

        try:
            for module in names:
                handles.append(module.register_forward_pre_hook(enter, with_kwargs=True))
                handles.append(module.register_forward_hook(leave, always_call=True))
            yield
        finally:
            for handle in handles:
                handle.remove()

    def is_data(self, tensor: Tensor) -> bool:
        """Whether the layer that is running was called with ``tensor``."""
        call = self._running[-1] if self._running else None
        if call is None or call.data is None or not isinstance(call.module, nn.Conv2d | nn.Linear):
            return False
        return storage_of(call.data) == storage_of(tensor)

    def see(self, product: Product) -> None:
        """One product more."""
        call = self._running[-1] if self._running else _Call("", self._model, None)
        what = f"{product.name} in {call.where}"
        if not product.sources:
            self._of_activations.setdefault(what)
        outside = product.sources - self._of_layer(call, product)
        for name in (name for name in self._names.tensors if name in outside):
            if name in self._leave:
                shape = tuple(self._names.tensors[name].shape)
                self._left.setdefault(name, LeftOut(name, shape, what))
            else:
                self._outside.setdefault(name, what)

    def _of_layer(self, call: _Call, product: Product) -> set[str]:
        """What a product takes as a layer's own weight; nothing if it is not a layer's."""
        module, weight = call.module, product.weights[1] if len(product.weights) == 2 else None
        if not isinstance(module, nn.Conv2d | nn.Linear) or weight is None:
            return set()
        if not weight.sources <= self._names.of(module) or weight.sources & self._leave:
            return set()
        owner = self._owners.setdefault(min(weight.sources), call.name)
        try:
            if owner != call.name:
                raise InputError(f"expected a weight of its own, got one that it shares with {owner}")
            layer = _layer(call, module, product)
        except InputError as error:
            self._misfits.setdefault(call.name, str(error).removeprefix(f"{call.name}: "))
        else:
            call.multiplied = True
            count = self._counts[call.name] = self._counts.get(call.name, 0) + 1
            self._uses.append(replace(layer, name=use_name(call.name, count)))
        return set(weight.sources)

    def program(self) -> Program:
        """All that was seen.

        Raises:
            InputError: as :func:`trace_program`.
        """
        for name, wrong in self._misfits.items():
            raise InputError(f"{name}: {wrong}; {_OFFER}")
        for name, what in self._outside.items():
            others = [other for other in self._outside if other != name]
            more = f" (and so {', '.join(others[:_MOST_NAMED])}{', ...' * (len(others) > _MOST_NAMED)})"
            raise InputError(
                f"{name}: expected a product with the weight of a Conv2d or Linear module alone, got"
                f" {what}{more if others else ''}; {_OFFER}"
            )
        for name, tensors in self._called.items():
            if not tensors & self._left.keys():
                raise InputError(
                    f"leave: expected what takes part in a product, got {name!r}, which does not"
                )
        if not self._uses:
            raise InputError("model: expected at least one Conv2d or Linear, got none")
        return Program(tuple(self._uses), tuple(self._left.values()), tuple(self._of_activations))


def _layer(call: _Call, module: Prunable, product: Product) -> Layer:
    """The geometry of a layer, if the product is the one that its module says.

    Raises:
        InputError: it is not, or as :func:`~pruning.network.layers.describe_layer`.
    """
    if call.multiplied:
        raise InputError("expected one product in a call, got several")
    weight = product.weights[1]
    if module._parameters.get("weight") is not None and not (weight and weight.plain):
        raise InputError("expected the weight itself in its product, got what its forward makes of it")
    layer = describe_layer(call.name, module, product.factors[0] if call.data is None else call.data)
    expected = (1, layer.out_channels, layer.out_h, layer.out_w)[: len(product.shape)]
    if product.shape != expected or (is_convolution(product.operation) and product.operands[6]):
        raise InputError(
            f"expected the product that its module says, of shape {list(expected)}, got one of shape"
            f" {list(product.shape)}"
        )
    return layer
