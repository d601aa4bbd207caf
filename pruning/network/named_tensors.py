"""Parameters and buffers by name, those that share memory as one, and parameters that are left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from pruning.network.products import storage_of
from workloads.inputs import InputError, did_you_mean


@dataclass(frozen=True)
class LeftOut:
    """A parameter that takes part in a product and is left out by name: it counts as dense."""

    name: str
    shape: tuple[int, ...]
    why: str  # what multiplies it, and where

    @property
    def weights(self) -> int:
        """Its elements."""
        return prod(self.shape)

    @property
    def matrix(self) -> tuple[int, int]:
        """Its first axis, and all others together."""
        first = self.shape[0] if self.shape else 1
        return first, self.weights // max(1, first)


class NamedTensors:
    """Every parameter and buffer of ``model``; a shared one goes by the first of its names.

    Raises:
        InputError: a parameter has no numbers yet.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._first: dict[int, str] = {}  # of a storage
        self.tensors: dict[str, Tensor] = {}
        self._names: dict[str, str] = {}  # of every name: the first one
        for name, tensor in (
            *model.named_parameters(remove_duplicate=False),
            *model.named_buffers(remove_duplicate=False),
        ):
            if is_lazy(tensor):
                raise InputError(f"{name}: expected a parameter with numbers, got a lazy one; run it once")
            first = self._first.setdefault(storage_of(tensor), name)
            self._names[name] = first
            self.tensors.setdefault(first, tensor)

    def of(self, module: nn.Module) -> set[str]:
        """Names of a module's own tensors, and of those of its parts."""
        return {self._first[storage_of(tensor)] for tensor in (*module.parameters(), *module.buffers())}

    def called(self, names: Iterable[str]) -> dict[str, set[str]]:
        """Of each of ``names``, of parameters or of whole modules, the tensors that it means.

        Raises:
            InputError: there is no parameter and no module of a name.
        """
        modules = dict(self._model.named_modules(remove_duplicate=False))
        found: dict[str, set[str]] = {}
        for name in names:
            if name in self._names:
                found[name] = {self._names[name]}
            elif name and name in modules:
                found[name] = self.of(modules[name])
            else:
                known = (*self._names, *(module for module in modules if module))
                raise InputError(
                    f"leave: expected a parameter or module of the network, got {name!r}"
                    f"{did_you_mean(name, known)}"
                )
        return found
