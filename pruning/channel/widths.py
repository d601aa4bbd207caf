"""The widths of a network's modules, as plain numbers, and a network built anew with given widths.

For those who have the network's class and go on training; :mod:`pruning.channel.exported` is for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor, nn

from workloads.inputs import InputError

_FIELDS: dict[type[nn.Module], tuple[str, ...]] = {
    nn.Conv2d: ("in_channels", "out_channels", "groups"),
    nn.Linear: ("in_features", "out_features"),
    nn.BatchNorm1d: ("num_features",),
    nn.BatchNorm2d: ("num_features",),
}
Widths = dict[str, dict[str, int]]


def _fields(module: nn.Module) -> tuple[str, ...]:
    return next((fields for kind, fields in _FIELDS.items() if isinstance(module, kind)), ())


def channel_widths(model: nn.Module) -> Widths:
    """The widths of every convolution, linear layer and batch norm by name: fit for JSON."""
    return {
        name: {field: int(getattr(module, field)) for field in fields}
        for name, module in model.named_modules()
        if (fields := _fields(module))
    }


def set_widths(module: nn.Module, new: Mapping[str, int], tensors: Mapping[str, Tensor]) -> None:
    """Give a module with channels its new widths and new parameters and buffers of that size, in place."""
    for name, tensor in tensors.items():
        old = getattr(module, name)
        if isinstance(old, nn.Parameter):
            tensor = nn.Parameter(tensor, requires_grad=old.requires_grad)
        setattr(module, name, tensor)
    for field, width in new.items():
        setattr(module, field, width)


def load_widths(
    factory: Callable[[], nn.Module],
    widths: Mapping[str, Mapping[str, int]],
    state: Mapping[str, Tensor],
) -> nn.Module:
    """The network of ``factory`` with other ``widths`` and the ``state`` that such a network had.

    Args:
        factory: makes the network as it was before it was pruned.
        widths: as :func:`channel_widths` gave them.
        state: its ``state_dict()``.

    Raises:
        InputError: the widths or the state are not those of such a network.
    """
    model = factory()
    give_widths(model, widths)
    try:
        model.load_state_dict(dict(state))
    except RuntimeError as error:
        line = " ".join(str(error).split())
        raise InputError(f"state: expected the tensors of such a network, got: {line}") from error
    return model


def give_widths(model: nn.Module, widths: Mapping[str, Mapping[str, int]]) -> None:
    """Give ``model`` other ``widths`` in place; its parameters are new, and hold nothing yet.

    Raises:
        InputError: the widths are not those of such a network.
    """
    modules = {name: module for name, module in model.named_modules() if _fields(module)}
    differing = sorted(modules.keys() ^ widths.keys())
    if differing:
        raise InputError(
            f"widths: expected those of the network that is given them, got a difference in"
            f" {differing[0]!r} ({len(differing)} such)"
        )
    for name, module in modules.items():
        new = dict(widths[name])
        if sorted(new) != sorted(_fields(module)):
            expected = ", ".join(_fields(module))
            raise InputError(f"widths: {name}: expected {expected}, got {', '.join(new) or 'none'}")
        set_widths(module, new, _empty(name, module, new))


def _empty(name: str, module: nn.Module, new: Mapping[str, int]) -> dict[str, Tensor]:
    """Tensors of the new size for every parameter and buffer that has one."""
    if any(not isinstance(width, int) or width < 1 for width in new.values()):
        raise InputError(f"widths: {name}: expected whole numbers of at least 1, got {dict(new)}")
    groups = new.get("groups", 1)
    if any(width % groups for width in new.values()):
        raise InputError(f"widths: {name}: expected multiples of the groups, got {dict(new)}")
    if isinstance(module, nn.Conv2d):
        outputs = new["out_channels"]
        shape: tuple[int, ...] = (outputs, new["in_channels"] // groups, *module.kernel_size)
    elif isinstance(module, nn.Linear):
        outputs = new["out_features"]
        shape = (outputs, new["in_features"])
    else:
        outputs = new["num_features"]
        shape = (outputs,)
    sized = {}
    for key, tensor in (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)):
        if tensor.ndim:  # a batch norm's count of batches has none
            sized[key] = tensor.new_empty(shape if key == "weight" else (outputs,))
    return sized
