"""Stages that prune by channels: layers that run become narrower; the weights gone, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from pruning.channel.widths import channel_widths, give_widths
from pruning.masking.pruner import LayerReport
from pruning.methods import NarrowingMethod
from pruning.network.layers import Prunable, weight_modules
from pruning.network.trace import trace_layers
from pruning.run.config import RunConfig
from pruning.run.stages import Finished
from pruning.saliencies import Samples, parse_saliency
from pruning.schedules import group_targets, sparsity_targets
from pruning.training.batch_norm import reestimate_batch_norm
from workloads.layer import Layer
from workloads.masks import KeepMask


class ChannelStages:
    """The stages of a network that loses channels; what is left of it is dense."""

    def __init__(
        self,
        config: RunConfig,
        method: NarrowingMethod,
        model: nn.Module,
        image_shape: tuple[int, int, int],
        samples: Samples,
        calibration: Tensor,
    ) -> None:
        """Args as of :class:`~pruning.run.by_masks.MaskStages`.

        Raises:
            InputError: the schedule needs N:M.
        """
        self.model = model
        self._config, self._image_shape = config, image_shape
        self._samples, self._calibration = samples, calibration
        self._method = method
        self._scorer = parse_saliency(config.saliency)
        self._targets = sparsity_targets(config.schedule, config.stages, config.sparsity)
        group_targets(config.schedule, config.stages, config.pattern, None)
        self.whole = {layer.name: layer for layer in trace_layers(model, image_shape)}
        self._history: dict[str, list[dict[str, float | None]]] = {}

    def shrink(self, stage: int, after_sample: Callable[[], None]) -> bool:
        """Remove channels; parameters are new tensors afterwards."""
        reestimate_batch_norm(self.model, self._calibration, self._config.batch_size)
        saliency: Mapping[str, Tensor] | None = None
        if self._method.needs_saliency:
            names = tuple(running_modules(self.model, self.whole))
            saliency = self._scorer.score(self.model, self._samples, names, after_sample)
        target = self._targets[stage - 1]
        narrow(self.model, self.whole, self._method, target, self._image_shape, saliency, self._samples)
        for name, module in running_modules(self.model, self.whole).items():
            share = module.weight.numel() / self.whole[name].weights
            self._history.setdefault(name, []).append({"density": round(share, 6)})
        return True

    def try_target(self) -> None:
        """All channels at once."""
        narrow(self.model, self.whole, self._method.without_data(), self._targets[-1], self._image_shape)

    def state(self) -> dict[str, Any]:
        """Widths and history."""
        return {"widths": channel_widths(self.model), "history": self._history}

    def restore(self, state: dict[str, Any]) -> None:
        """Make the model as narrow as it was."""
        give_widths(self.model, state["widths"])
        self._history = state["history"]

    def restored(self) -> None:
        """Nothing: the model is all there is."""

    def finish(self) -> Finished:
        """The narrow network, every weight of which survives."""
        layers = trace_layers(self.model, self._image_shape)
        rows = channel_rows(self._config.pattern, layers, self.whole)
        masks = {layer.name: KeepMask.ones(layer.m_dim, layer.k_dim) for layer in layers}
        gone = weights_gone(self.model, self.whole)
        return Finished(layers, masks, rows, gone, self._history, channel_widths(self.model))


def narrow(
    model: nn.Module,
    whole: Mapping[str, Layer],
    method: NarrowingMethod,
    sparsity: float,
    image_shape: tuple[int, int, int],
    saliency: Mapping[str, Tensor] | None = None,
    samples: Samples | None = None,
) -> None:
    """Remove channels of ``model`` in place until ``sparsity`` of the weights is gone.

    Args:
        whole: the layers of the network before anything was removed, by name.
        saliency: of each weight by layer, for a method that chooses by it.
        samples: for a method whose score looks at them.
    """
    # Of the network as it is, which earlier stages have made smaller.
    density = min(1.0, (1 - sparsity) / (1 - weights_gone(model, whole)))
    running = running_modules(model, whole).values()
    idle = sum(
        parameter.numel()
        for module in weight_modules(model).values()
        if module not in running
        for parameter in module.parameters(recurse=False)
    ) / sum(parameter.numel() for parameter in model.parameters())
    left = density + (1 - density) * idle  # of all parameters: those that never run stay
    method.narrow(model, torch.zeros((1, *image_shape)), left, saliency, samples)


def running_modules(model: nn.Module, whole: Mapping[str, Layer]) -> dict[str, Prunable]:
    """The convolutions and linear layers that run; the others are left alone, as masks leave them."""
    return {name: module for name, module in weight_modules(model).items() if name in whole}


def weights_gone(model: nn.Module, whole: Mapping[str, Layer]) -> float:
    """Fraction of all weights of convolutions and linear layers that is gone."""
    left = sum(module.weight.numel() for module in running_modules(model, whole).values())
    return 1 - left / sum(layer.weights for layer in whole.values())


def channel_rows(
    pattern: str, layers: Sequence[Layer], whole: Mapping[str, Layer]
) -> tuple[LayerReport, ...]:
    """The channels that each layer kept: of ``layers`` as they are, and as in the ``whole`` network."""
    return tuple(
        LayerReport(
            layer.name,
            layer.m_dim,
            layer.k_dim,
            pattern,
            f"{layer.out_channels} of {whole[layer.name].out_channels} channels",
            layer.weights / whole[layer.name].weights,
        )
        for layer in layers
    )
