"""Dense networks on disk, the shipped one too: safetensors of 16 bits, with their definition and data set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from pruning.fields.types import OptionValue
from pruning.files.fit import misfit
from pruning.models import build_model
from workloads.inputs import InputError, as_path, explained, replace_atomically, require_file

_KEY = "crisp_accel_sim.checkpoint"
SHIPPED = "resnet20_w32_fashion_mnist"


@dataclass(frozen=True)
class CheckpointInfo:
    """What a checkpoint says of itself."""

    model: str
    options: dict[str, OptionValue]
    data: str
    class_names: tuple[str, ...]
    accuracy: float  # on the full test set, all classes
    notes: dict[str, float] = field(default_factory=dict)
    data_source: str = ""  # what load_dataset takes; Fashion-MNIST if not given


def shipped_checkpoint() -> Path:
    """The ResNet-20 of width 32 that ``crisp-prune train`` made on the full Fashion-MNIST."""
    return Path(str(resources.files("pruning") / "checkpoints" / f"{SHIPPED}.safetensors"))


def rounded_state(model: nn.Module) -> dict[str, Tensor]:
    """The state of ``model`` as a checkpoint holds it: floats of 16 bits."""
    return {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in model.state_dict().items()
    }


def save_checkpoint(path: Path | str, model: nn.Module, info: CheckpointInfo) -> None:
    """Write the state of ``model``; floats are rounded to 16 bits.

    Raises:
        InputError: a number is NaN or beyond what 16 bits hold, or the path cannot be written.
    """
    path = as_path(path)
    state = rounded_state(model)
    for name, value in state.items():
        if value.is_floating_point() and not bool(value.isfinite().all()):
            raise InputError(f"{path}: {name}: expected numbers from -65504 to 65504, got others")
    # One metadata key only: safetensors does not fix the order of several.
    metadata = {_KEY: json.dumps(asdict(info), sort_keys=True)}
    # Not save_file, whose errors are no OSError: a full disk is then one line.
    replace_atomically(path, lambda target: target.write_bytes(save(state, metadata)))


def load_checkpoint(path: Path | str) -> tuple[nn.Module, CheckpointInfo]:
    """The network of a checkpoint (float32, evaluation mode) and its description.

    Raises:
        InputError: no such file, not safetensors (a pickle, say), cut short, not one of our
            checkpoints, or the network that it names cannot be built or has other tensors.
    """
    path = as_path(path)
    with _opened(path) as file:
        info = _parse_info(path, file.metadata() or {})
        state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    with explained(f"{path}: options: expected those of {info.model}, got"):  # a damaged file has others
        model = build_model(info.model, **info.options)
    differing = misfit(model.state_dict(), state)
    if differing:
        raise InputError(f"{path}: expected the tensors of {info.model}, got a file that {differing}")
    model.load_state_dict(state)
    return model.eval(), info


def checkpoint_source(path: Path | str) -> str:
    """The data set that the network was trained on, as :func:`~pruning.data.load_dataset` takes it.

    Raises:
        InputError: as :func:`load_checkpoint`, from the file's head alone.
    """
    path = as_path(path)
    with _opened(path) as file:
        return _parse_info(path, file.metadata() or {}).data_source or "fashion_mnist"


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    require_file(path, "a checkpoint (.safetensors)")
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path}: expected a safetensors checkpoint, got: {error}") from error


def _parse_info(path: Path, metadata: dict[str, str]) -> CheckpointInfo:
    if _KEY not in metadata:
        raise InputError(f"{path}: expected a checkpoint of crisp-prune, got safetensors without {_KEY!r}")
    try:
        raw = json.loads(metadata[_KEY])
        return CheckpointInfo(**{**raw, "class_names": tuple(raw["class_names"])})
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"{path}: expected a readable checkpoint description, got: {error}") from error
