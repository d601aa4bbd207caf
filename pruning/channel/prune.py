"""Prune channels in place: choose, make every module smaller, report the channels that each has kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from pruning.channel.choose import choose_units
from pruning.channel.graph.members import Graph, Member
from pruning.channel.graph.trace import trace_graph
from pruning.channel.graph.units import FIXED
from pruning.channel.rank import require_score, unit_scores
from pruning.channel.sets import Cost, Places, Sets, find_sets
from pruning.channel.widths import set_widths
from pruning.fields.types import number_of
from pruning.network.layers import evaluation_mode
from pruning.saliencies import Samples
from workloads.inputs import InputError, one_line
from workloads.inputs.values import instance, known_name, whole_number

_COSTS = ("parameters", "macs")
SCOPES = ("global", "uniform")


@dataclass(frozen=True)
class KeptChannels:
    """The channels of one module that stayed, numbered as they were before."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class ChannelReport:
    """What channel pruning did: the channels that each convolution, linear layer and batch norm kept.

    MACs are those of convolutions and linear layers for one input of the example's size.
    """

    kept: dict[str, KeptChannels] = field(repr=False)
    sets: int  # that shrink independently of each other
    parameters_before: int
    parameters: int
    macs_before: int
    macs: int


def prune_channels(
    model: nn.Module,
    example: Tensor,
    density: float = 0.5,
    by: str = "parameters",
    score: str | Mapping[str, Tensor] = "l1",
    multiple: int = 1,
    scope: str = "global",
    *,
    samples: Samples | None = None,
    normalise: str = "set",
) -> ChannelReport:
    """Make ``model`` smaller in place: the widest network that costs at most ``density`` of what it did.

    Modules keep their identity and get new parameters, without gradients: make optimisers afterwards.
    The network's inputs and outputs stay as they are.

    Args:
        example: [batch, channels, ...], inputs of which shapes are taken.
        density: of the parameters or MACs; at 1 the network stays as it is.
        by: ``parameters`` (all of the network's) or ``macs``.
        score: a name (:mod:`pruning.channel.scores`), or each weight's saliency [m_dim, k_dim] by layer,
            as :func:`pruning.class_saliency` gives it.
        multiple: widths are rounded down to multiples of it, such as an array's columns; smaller ones stay.
        scope: ``global`` compares channels over all layers, ``uniform`` takes the same share of each.
        samples: images of the user's classes and their labels, for ``taylor``.
        normalise: ``none`` compares sums over all weights of a unit of channels, ``parameter`` means over
            them, ``set`` sums divided by their mean over the set of units that are alike.

    Raises:
        InputError: an option that makes no sense, a density out of reach, or as
            :func:`~pruning.channel.graph.trace.trace_graph` and :func:`~pruning.channel.rank.unit_scores`.
            The model is then as it was.
    """
    instance(model, nn.Module, "model")
    instance(example, Tensor, "example")
    known_name(by, _COSTS, "by")
    known_name(scope, SCOPES, "scope")
    require_score(score, normalise)
    if not 0 < number_of("density", density) <= 1:
        raise InputError(f"density: expected more than 0 and at most 1, got {density}")
    multiple = whole_number(multiple, "multiple", 1)
    graph = trace_graph(model, example)
    sets = find_sets(graph)
    if not len(sets.sizes):
        raise InputError("model: expected channels to prune, got inputs and outputs alone")
    cost = Cost(model, sets, graph.batch)
    stays = np.ones(len(sets.unit_ids), bool)
    if density < 1:
        scores = unit_scores(model, sets, score, samples, normalise)
        measure = cost.macs if by == "macs" else cost.parameters
        stays = choose_units(sets, scores, scope, multiple, measure, density)
    kept = _kept_channels(sets, stays)
    counts = np.bincount(sets.set_of, stays, minlength=len(sets.sizes)).astype(np.int64)
    report = ChannelReport(
        {place.member.name: channels for place, channels in zip(sets.places, kept, strict=True)},
        len(sets.sizes),
        cost.parameters(sets.sizes),
        cost.parameters(counts),
        cost.macs(sets.sizes),
        cost.macs(counts),
    )
    _shrink_all(model, example, graph, kept)
    return report


def _kept_channels(sets: Sets, stays: npt.NDArray[np.bool_]) -> list[KeptChannels]:
    alive = np.zeros(int(sets.unit_ids.max()) + 1, bool)
    alive[FIXED] = True
    alive[sets.unit_ids[stays]] = True

    def of(place: Places) -> KeptChannels:
        inputs, outputs = (np.flatnonzero(alive[units]) for units in (place.inputs, place.outputs))
        return KeptChannels(tuple(inputs.tolist()), tuple(outputs.tolist()))

    return [of(place) for place in sets.places]


@torch.no_grad()
def _shrink_all(model: nn.Module, example: Tensor, graph: Graph, kept: list[KeptChannels]) -> None:
    """Shrink every module, run the network once, and put all back if it does not run."""
    saved = [
        (m.module, dict(m.module._parameters), dict(m.module._buffers), dict(m.module.__dict__))
        for m in graph.members
    ]
    try:
        for member, channels in zip(graph.members, kept, strict=True):
            _shrink(member, channels)
        with evaluation_mode(model):
            model(example)
    except BaseException as error:
        for module, parameters, buffers, attributes in saved:
            module.__dict__.update(attributes)
            module._parameters.update(parameters)
            module._buffers.update(buffers)
        if isinstance(error, Exception):
            raise InputError(
                f"model: expected sizes that follow the layers' widths, got the error: {one_line(error)}"
            ) from error
        raise


def _shrink(member: Member, kept: KeptChannels) -> None:
    module = member.module
    if len(kept.inputs) == len(member.inputs) and len(kept.outputs) == len(member.outputs):
        return
    outputs = torch.tensor(kept.outputs, device=module.weight.device if module.weight is not None else None)
    tensors = {}
    for name, tensor in (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)):
        if tensor.ndim:  # a batch norm's count of batches has none
            tensors[name] = tensor.detach().index_select(0, outputs.to(tensor.device))
    if isinstance(module, nn.Conv2d):
        each = module.in_channels // module.groups
        groups = len(kept.inputs) // each if member.loses_groups else module.groups
        if not member.loses_groups:
            inputs = torch.tensor([i for i in kept.inputs if i < each], device=outputs.device)
            tensors["weight"] = tensors["weight"].index_select(1, inputs)
        new = {"in_channels": len(kept.inputs), "out_channels": len(kept.outputs), "groups": groups}
    elif isinstance(module, nn.Linear):
        inputs = torch.tensor(kept.inputs, device=outputs.device)
        tensors["weight"] = tensors["weight"].index_select(1, inputs)
        new = {"in_features": len(kept.inputs), "out_features": len(kept.outputs)}
    else:
        new = {"num_features": len(kept.outputs)}
    set_widths(module, new, tensors)
