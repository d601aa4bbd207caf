"""The life cycle of a model's masks: prepare, step by a saliency or by magnitude, squash, report.

Between the calls the training loop is the caller's: masks are parametrisations of the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, is_dataclass, replace
from typing import cast

import torch
from torch import Tensor, nn

from pruning.fields.types import mapping_of, plain_fields, require_decay
from pruning.masking.straight_through import (
    attach_mask,
    mask_of,
    remove_mask,
    require_own_weights,
)
from pruning.methods import MaskingMethod, parse_masking
from pruning.network.layers import dense_weight, weight_modules
from pruning.network.layout import from_gemm, to_gemm
from pruning.network.trace import Program, trace_program
from workloads.exempt import DEFAULT_TEXT, exempt_layers, parse_rules
from workloads.inputs import InputError
from workloads.inputs.values import instance
from workloads.masks import KeepMask


@dataclass(frozen=True)
class PruneConfig:
    """What to prune a model to by masks."""

    pattern: str  # a method of pruning.methods: crisp(2:4, block=16), block(block=16), nm(2:4), ...
    image_shape: tuple[int, int, int]  # channels, height, width of one input
    sr_ste_decay: float = 0.0  # pulls masked weights towards zero: pruning.masking.straight_through
    exempt: str = DEFAULT_TEXT  # which layers stay dense: rules of workloads.exempt, or none
    leave: tuple[str, ...] = ()  # parameters, or modules, left out by name: pruning.network.trace

    def __post_init__(self) -> None:
        plain_fields(self)
        require_decay("sr_ste_decay", self.sr_ste_decay)
        parse_rules(self.exempt)


@dataclass(frozen=True)
class LayerReport:
    """The report of what one layer got, and why."""

    name: str
    m_dim: int
    k_dim: int
    gets: str  # the pattern, or dense
    why: str
    density: float


class Pruner:
    """Holds the masks of a model that :func:`prepare` was given.

    ``layers`` is the geometry in running order, ``program`` all that the network multiplies, ``exempt``
    says why a layer stays dense, and ``masks`` has a mask for each layer, exempt ones too; they can be read
    after :meth:`squash` as well.
    """

    def __init__(self, model: nn.Module, config: PruneConfig, program: Program) -> None:
        self.model = model
        self.pattern = config.pattern
        self.program = program
        self.layers = layers = program.layers
        self.method = parse_masking(config.pattern)
        self.exempt = exempt_layers(layers, parse_rules(config.exempt), self.method.side)
        self.masks = {layer.name: KeepMask.ones(layer.m_dim, layer.k_dim) for layer in layers}
        self._modules = weight_modules(model)
        self._squashed = False

    @property
    def prunable(self) -> tuple[str, ...]:
        """Names of the layers that are pruned, in running order."""
        return tuple(layer.name for layer in self.layers if layer.name not in self.exempt)

    @property
    def sparsity(self) -> float:
        """Fraction of all weights, those of exempt layers and what was left out too, that are gone."""
        kept = sum(mask.kept for mask in self.masks.values()) + self.program.weights_left
        return 1 - kept / self._weights

    @property
    def _weights(self) -> int:
        return sum(mask.weights for mask in self.masks.values()) + self.program.weights_left

    @property
    def sparsity_of_groups(self) -> float:
        """The sparsity that N:M alone gives, exempt layers counted; 0 where the pattern has no N:M."""
        if self.method.ratio is None:
            return 0.0
        n_keep, m_group = self.method.ratio
        lost = 0
        for name in self.prunable:
            groups, tail = divmod(self.masks[name].k_dim, m_group)
            lost += self.masks[name].m_dim * (groups * (m_group - n_keep) + max(0, tail - n_keep))
        return lost / self._weights

    def step(self, saliency: Mapping[str, Tensor], sparsity: float, n_keep: int | None = None) -> None:
        """Choose new masks by ``saliency`` (a matrix [m_dim, k_dim] for each prunable layer) and apply them.

        Args:
            sparsity: the global one; exempt layers count, so that the others lose a little more.
            n_keep: another than the pattern's, on the way to it.

        Raises:
            InputError: a layer's saliency is missing, misshapen or not finite, the sparsity is out of the
                pattern's reach, ``n_keep`` is given for a pattern without N:M, or the pruner was squashed.
        """
        self._require_masks()
        mapping_of("saliency", saliency, "a tensor for each layer")
        method = self.method if n_keep is None else _with_n_keep(self.method, n_keep, self.pattern)
        wanted = {}
        for name in self.prunable:
            if name not in saliency:
                raise InputError(f"{name}: saliency: expected one for every prunable layer, got none")
            instance(saliency[name], Tensor, f"{name}: saliency")
            expected = (self.masks[name].m_dim, self.masks[name].k_dim)
            if tuple(saliency[name].shape) != expected:
                raise InputError(
                    f"{name}: saliency: expected shape {expected}, got {tuple(saliency[name].shape)}"
                )
            wanted[name] = saliency[name]
        always_kept = sum(self.masks[name].weights for name in self.exempt) + self.program.weights_left
        for name, mask in method.choose(wanted, sparsity, always_kept).items():
            self.masks[name] = mask
            module = self._modules[name]
            dense = torch.from_numpy(mask.to_dense())
            mask_of(module).keep.copy_(from_gemm(dense, dense_weight(module).shape))

    def read_masks(self) -> None:
        """Take ``masks`` from the model, into which a state with other masks was loaded."""
        self._require_masks()
        for name in self.prunable:
            keep = to_gemm(mask_of(self._modules[name]).keep)
            self.masks[name] = KeepMask.from_dense(keep.contiguous().cpu().numpy())

    @contextmanager
    def masks_lifted(self) -> Iterator[None]:
        """While open, the model computes with all its weights: how saliency is to be gathered.

        Under the masks it would mislead: batch norm divides by the spread of what is left, so the
        gradient of a heavily pruned layer is many times too large for the weights that are masked in
        it. Such a layer comes back whole in the next step, others vanish for it, and so on in turn.

        Raises:
            InputError: the pruner was squashed.
        """
        self._require_masks()
        masks = [mask_of(self._modules[name]) for name in self.prunable]
        for mask in masks:
            mask.lifted = True
        try:
            yield
        finally:
            for mask in masks:
                mask.lifted = False

    def squash(self) -> nn.Module:
        """Write the masks into the weights and drop them: a plain model again, which is returned.

        Raises:
            InputError: the pruner was squashed before.
        """
        self._require_masks()
        self._squashed = True
        for name in self.prunable:
            remove_mask(self._modules[name])
        return self.model

    def _require_masks(self) -> None:
        if self._squashed:
            raise InputError("pruner: expected a pruner that was not squashed, got one whose masks are gone")

    def report(self) -> tuple[LayerReport, ...]:
        """One row a layer, in running order, then one for each parameter that was left out."""
        rows = []
        for layer in self.layers:
            mask, reason = self.masks[layer.name], self.exempt.get(layer.name)
            gets = self.pattern if reason is None else "dense"
            rows.append(
                LayerReport(layer.name, layer.m_dim, layer.k_dim, gets, reason or "prunable", mask.density)
            )
        left_out = (
            LayerReport(left.name, *left.matrix, "dense", f"left out: {left.why}", 1.0)
            for left in self.program.left
        )
        return (*rows, *left_out)


def prepare(model: nn.Module, config: PruneConfig) -> Pruner:
    """Give every prunable convolution and linear layer of ``model`` a mask, at first all ones.

    Raises:
        InputError: unknown pattern, a model that does not take such an image or is prepared already,
            nothing to prune, a layer whose weight is computed or shared, or a parameter that takes part in a
            product elsewhere and is not left out, as :func:`~pruning.network.trace.trace_program` says. The
            model stays as it was.
    """
    instance(config, PruneConfig, "config")
    parse_masking(config.pattern)  # before the model runs
    pruner = Pruner(model, config, trace_program(model, config.image_shape, config.leave))
    if not pruner.prunable:
        raise InputError("model: expected at least one layer to prune, got exempt layers alone")
    modules = weight_modules(model)
    prunable = {name: modules[name] for name in pruner.prunable}
    require_own_weights(model, prunable)  # all of them before the first mask
    for module in prunable.values():
        attach_mask(module, config.sr_ste_decay)
    return pruner


def _with_n_keep(method: MaskingMethod, n_keep: int, pattern: str) -> MaskingMethod:
    if not is_dataclass(method) or not hasattr(method, "n_keep"):
        raise InputError(f"n_keep: expected a pattern with N:M, got {pattern!r}")
    return cast(MaskingMethod, replace(method, n_keep=n_keep))


def magnitude_saliency(pruner: Pruner) -> dict[str, Tensor]:
    """|weight| of each layer that ``pruner`` masks, [m_dim, k_dim]: what a dry run without data goes by."""
    modules = weight_modules(pruner.model)
    return {name: to_gemm(dense_weight(modules[name]).detach().abs()) for name in pruner.prunable}
