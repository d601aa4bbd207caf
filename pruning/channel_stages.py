"""Stages that prune by channels: layers become narrower, stage by stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from pruning.batch_norm import reestimate_batch_norm
from pruning.channel.pattern import SALIENCY, ChannelPattern
from pruning.channel.prune import prune_channels
from pruning.channel.widths import channel_widths, give_widths
from pruning.config import RunConfig
from pruning.pruner import LayerReport
from pruning.saliencies import Samples, parse_saliency
from pruning.schedule import group_targets, sparsity_targets
from pruning.stages import Finished
from pruning.trace import trace_layers, weight_modules
from workloads.masks import KeepMask


class ChannelStages:
    """A network that loses channels; what is left of it is dense."""

    def __init__(
        self,
        config: RunConfig,
        pattern: ChannelPattern,
        model: nn.Module,
        image_shape: tuple[int, int, int],
        samples: Samples,
        calibration: Tensor,
    ) -> None:
        """Args as of :class:`~pruning.mask_stages.MaskStages`.

        Raises:
            InputError: the schedule needs N:M.
        """
        self.model = model
        self._config, self._image_shape = config, image_shape
        self._samples, self._calibration = samples, calibration
        self._pattern = pattern
        self._scorer = parse_saliency(config.saliency)
        self._targets = sparsity_targets(config.schedule, config.stages, config.sparsity)
        group_targets(config.schedule, config.stages, config.pattern, None)
        self._whole = {layer.name: layer for layer in trace_layers(model, image_shape)}
        self._history: dict[str, list[dict[str, float | None]]] = {}

    def shrink(self, stage: int, after_sample: Callable[[], None]) -> bool:
        """Remove channels; parameters are new tensors afterwards."""
        reestimate_batch_norm(self.model, self._calibration, self._config.batch_size)
        score: str | Mapping[str, Tensor] = self._pattern.score
        if score == SALIENCY:
            names = tuple(weight_modules(self.model))
            score = self._scorer.score(self.model, self._samples, names, after_sample)
        # Of the network as it is, which earlier stages have made smaller.
        density = min(1.0, (1 - self._targets[stage - 1]) / (1 - self.sparsity))
        prune_channels(
            self.model,
            torch.zeros((1, *self._image_shape)),
            density,
            score=score,
            multiple=self._pattern.multiple,
            scope=self._pattern.scope,
            normalise=self._pattern.normalise,
            samples=self._samples,
        )
        for name, module in weight_modules(self.model).items():
            share = module.weight.numel() / self._weights(name)
            self._history.setdefault(name, []).append({"density": round(share, 6)})
        return True

    @property
    def sparsity(self) -> float:
        """Fraction of all weights of convolutions and linear layers that is gone."""
        left = sum(module.weight.numel() for module in weight_modules(self.model).values())
        return 1 - left / sum(self._weights(name) for name in self._whole)

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
        rows = tuple(
            LayerReport(
                layer.name,
                layer.m_dim,
                layer.k_dim,
                self._config.pattern,
                f"{layer.out_channels} of {self._whole[layer.name].out_channels} channels",
                layer.weights / self._weights(layer.name),
            )
            for layer in layers
        )
        masks = {layer.name: KeepMask.ones(layer.m_dim, layer.k_dim) for layer in layers}
        return Finished(layers, masks, rows, self.sparsity, self._history, channel_widths(self.model))

    def _weights(self, name: str) -> int:
        return self._whole[name].weights
