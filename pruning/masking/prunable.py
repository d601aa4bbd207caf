"""Whether a run can prune a network and an artifact hold it: looked at before any work, in ``train`` too."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn

from pruning.masking.straight_through import require_own_weights
from pruning.network.layers import weight_modules
from pruning.network.trace import Program, trace_program
from workloads.artifact import check_state, check_state_type


def require_prunable(
    model: nn.Module, image_shape: tuple[int, int, int], leave: Iterable[str] = ()
) -> Program:
    """What ``model`` computes, if a run can prune it and an artifact hold it.

    Args:
        image_shape: channels, height, width of one input.
        leave: as of :func:`~pruning.network.trace.trace_program`.

    Raises:
        InputError: as :func:`~pruning.network.trace.trace_program`; a layer's weight is computed or shared;
            or what is no layer's weight is of a type, or a value, that no artifact holds.
    """
    program = trace_program(model, image_shape, leave)
    modules = weight_modules(model)
    require_own_weights(model, {layer.name: modules[layer.name] for layer in program.layers})
    weights = {f"{layer.name}.weight" for layer in program.layers}
    for name, tensor in model.state_dict().items():
        if name in weights:
            continue
        check_state_type(f"state.{name}", str(tensor.dtype).removeprefix("torch."))
        if not name.endswith(("running_mean", "running_var")):  # batch norm is measured anew
            check_state(f"state.{name}", tensor.cpu().numpy())
    return program
