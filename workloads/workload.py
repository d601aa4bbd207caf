"""What a simulation runs: masked layers, from a network or artifact, and how far their density is off."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from workloads.activations import Uniform
from workloads.artifact import PrunedNetwork, read_artifact
from workloads.asked import Asked
from workloads.exempt import DEFAULT, DEFAULT_TEXT, describe_exempt, exempt_layers, parse_rules
from workloads.inputs import InputError, as_path
from workloads.inputs.memory import require_memory
from workloads.inputs.values import fraction, instance, shown, whole_number
from workloads.masked_layer import MaskedLayer
from workloads.masks import KeepMask
from workloads.masks.drawn import drawn_mask, scores_at_once
from workloads.network import Network, load_network
from workloads.patterns import Pattern, parse_pattern

__all__ = ["MaskedLayer", "Workload", "density_gap", "load_workload"]

_DRAWN_BYTES = 8  # of a score that is drawn: itself and a copy
TOLERANCE = 0.01  # of a density that was asked for: what is further off is warned of


@dataclass(frozen=True)
class Workload:
    """Masked layers in the order in which they run, and where they came from.

    Raises:
        InputError: no layer.
        TypeError: layers that are none.
    """

    name: str
    layers: tuple[MaskedLayer, ...]
    source: str = "by hand"
    removed_weights: int = 0  # with channels that are no more, and in no layer's mask
    asked: float | None = None  # density of the pattern, if there was one

    def __post_init__(self) -> None:
        if not isinstance(self.layers, list | tuple):
            raise TypeError(f"{self.name}: layers: expected some MaskedLayer, got {shown(self.layers)}")
        for masked in self.layers:
            instance(masked, MaskedLayer, f"{self.name}: layers", ", as MaskedLayer.from_weight gives it")
        if not self.layers:
            raise InputError(f"{self.name}: layers: expected at least one, got none")
        object.__setattr__(self, "layers", tuple(self.layers))

    @property
    def weights(self) -> int:
        """Weights of the dense network."""
        return sum(masked.mask.weights for masked in self.layers) + self.removed_weights

    @cached_property
    def masks_hash(self) -> str:
        """A hash of the names, masks and activations of all layers, hexadecimal."""
        digest = hashlib.blake2b(digest_size=16)
        for masked in self.layers:
            digest.update(masked.layer.name.encode())
            digest.update(masked.mask.words.data)
            digest.update(masked.activations.content)
        return digest.hexdigest()

    @property
    def density(self) -> float:
        """Surviving fraction of all weights."""
        return sum(masked.mask.kept for masked in self.layers) / self.weights

    @property
    def asked_density(self) -> float:
        """Fraction of the weights that the pattern was asked to keep; what survives, where there was none."""
        return self.density if self.asked is None else self.asked

    @property
    def exempt(self) -> dict[str, str]:
        """Layer -> why it stays dense under the pattern of the others."""
        return {masked.layer.name: masked.exempt for masked in self.layers if masked.exempt}

    @property
    def warning(self) -> str:
        """What a reader of the results has to know, in a sentence; empty for nothing."""
        return density_gap(self.asked_density, self.density)

    @property
    def macs(self) -> int:
        """Effectual multiply-accumulates."""
        return sum(masked.macs for masked in self.layers)


def density_gap(asked: float, got: float) -> str:
    """A sentence on a density that is more than one percentage point off what was asked for; else empty."""
    if abs(got - asked) <= TOLERANCE + 1e-12:
        return ""
    return (
        f"density: asked for {asked:.1%} of the weights, got {got:.1%} (a pattern keeps"
        " whole groups, blocks or channels, at least one a row of blocks; exempt layers keep everything)"
    )


def load_workload(
    source: str | os.PathLike[str],
    pattern: str | None = Asked.pattern,
    seed: int | None = Asked.seed,
    batch: int = Asked.batch,
    activation_density: float | None = Asked.activation_density,
    exempt: str | None = Asked.exempt,
) -> Workload:
    """A workload from a network (name or CSV) under a pattern, or from a pruned network's file.

    Args:
        source: a network's name, a ``.csv`` table, or a ``.safetensors`` artifact.
        pattern: as :func:`workloads.patterns.parse_pattern` reads it; dense if not given. The masks
            come from random scores, so they have the pattern's shape and no more. An artifact brings its own.
        seed: of the random scores, 0 if not given; each layer draws its own, so that masks do not depend
            on order.
        batch: inputs processed at once.
        activation_density: fraction of input activations that are not zero, in every layer but the
            first, whose inputs are images. If not given, an artifact brings what was measured, and
            the activations of a network are dense.
        exempt: rules of :mod:`workloads.exempt` by which layers stay dense, ``"first,depthwise"`` if not
            given, or ``"none"``.

    Raises:
        InputError: anything unknown, unreadable or impossible; a pattern, a seed or rules beside an artifact;
            rules by which no layer takes the pattern.
        TypeError: a source that is neither text nor a path, a pattern or rules that are no text.
    """
    text = str(as_path(source, "source")) if not isinstance(source, str) else source
    batch = whole_number(batch, "batch", 1)
    if seed is not None:
        seed = whole_number(seed, "seed", 0)
    if text.endswith(".safetensors"):
        for what, value in (("pattern", pattern), ("seed", seed), ("exempt", exempt)):
            if value is not None:
                raise InputError(f"{what}: expected none beside an artifact, which has masks, got {value!r}")
        workload = _from_artifact(text, batch)
    else:
        workload = _from_network(text, pattern, seed or 0, batch, exempt)
    if activation_density is None:
        return workload
    sparse = Uniform(fraction(activation_density, "activation_density"))
    first, *others = workload.layers
    return replace(
        workload,
        layers=(first, *(replace(masked, activations=sparse) for masked in others)),
        source=f"{workload.source}, activation density {sparse.density} after the first layer",
    )


def _from_artifact(text: str, batch: int) -> Workload:
    path = as_path(text)
    pruned = read_artifact(path)
    layers = tuple(MaskedLayer(replace(p.layer, batch=batch), p.mask, p.activations) for p in pruned.layers)
    return Workload(path.stem, layers, text, asked=_asked_of(pruned))


def _asked_of(pruned: PrunedNetwork) -> float | None:
    """The density that a run of crisp-prune aimed at; None if masks do not tell whether it was met."""
    run = pruned.provenance.get("run")
    if not isinstance(run, dict) or "widths" in pruned.provenance:  # channels are gone from the layers' sizes
        return None
    sparsity, pattern = run.get("sparsity"), run.get("pattern")
    if pattern == "dense" or not isinstance(sparsity, int | float) or not 0 <= sparsity <= 1:
        return None
    return 1 - sparsity


def _from_network(text: str, pattern: str | None, seed: int, batch: int, exempt: str | None) -> Workload:
    network = load_network(text).with_batch(batch)
    rule = parse_pattern("dense" if pattern is None else pattern)
    rules = parse_rules(DEFAULT_TEXT if exempt is None else exempt)
    source = f"{text}, pattern {pattern or 'dense'}, seed {seed}"
    if rule.narrows:
        if rules != DEFAULT:
            raise InputError(
                f"exempt: expected {DEFAULT_TEXT} for channels, since rules of exemption are for masks,"
                f" got {exempt!r}"
            )
        left = rule.narrow(network)
        layers = _mask_network(left, parse_pattern("dense"), seed, {})
        return Workload(network.name, layers, source, network.weights - left.weights, rule.asked_density)
    spared = exempt_layers(network.layers, rules, rule.side) if rule.asked_density < 1 else {}
    if len(spared) == len(network.layers):
        raise InputError(
            f"exempt: expected at least one layer of {network.name} that takes {pattern},"
            f" got exempt layers alone ({describe_exempt(spared)}); none exempts none"
        )
    if rules != DEFAULT:
        source += f", exempt {exempt}"
    return Workload(
        network.name, _mask_network(network, rule, seed, spared), source, asked=rule.asked_density
    )


def _mask_network(
    network: Network, pattern: Pattern, seed: int, exempt: Mapping[str, str]
) -> tuple[MaskedLayer, ...]:
    drawn = max(scores_at_once(layer, pattern) for layer in network.layers) * _DRAWN_BYTES
    kept = sum(layer.weights for layer in network.layers) // 8
    require_memory(drawn + kept, network.name, "its masks need a bit a weight, drawing them 8 bytes a score")
    masked = []
    for layer in network.layers:
        if layer.name in exempt:
            ones = KeepMask.ones(layer.m_dim, layer.k_dim)
            masked.append(MaskedLayer(layer, ones, exempt=exempt[layer.name]))
            continue
        masked.append(MaskedLayer(layer, drawn_mask(layer, pattern, seed)))
    return tuple(masked)
