"""What an artifact holds beside the pruned weights: biases, batch norm, and checks on reading them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from workloads.artifact import FORMAT, PrunedLayer, PrunedNetwork, read_artifact, write_artifact
from workloads.inputs import InputError
from workloads.layer import Layer
from workloads.masks import KeepMask

STATE = {
    "bn.running_mean": np.linspace(-1, 1, 5, dtype=np.float32),
    "bn.num_batches_tracked": np.array(7, np.int64),
    "mask": np.array([[True, False], [False, True]]),
    "table": np.arange(-3, 3, dtype=np.int32),
    "short": np.arange(-3, 3, dtype=np.int16),
    "byte": np.array(-128, np.int8),
    "levels": np.arange(256, dtype=np.uint8),
    "bounds": np.array([-np.inf, 0.5, np.inf], np.float32),
}


def network(state: dict[str, Any]) -> PrunedNetwork:
    layer = PrunedLayer(Layer.linear("fc", 4, 2), KeepMask.ones(2, 4), np.arange(8, dtype=np.float32))
    return PrunedNetwork("n", (layer,), {}, state)


def test_state_comes_back_bit_for_bit(tmp_path: Path) -> None:
    write_artifact(tmp_path / "n.safetensors", network(STATE))
    found = read_artifact(tmp_path / "n.safetensors").state
    assert found.keys() == STATE.keys()
    for name, array in STATE.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"a": np.array([np.nan])}, "state.a: expected numbers, got NaN"),
        ({"a": np.array([1j])}, "state.a: expected one of float16, .*, got complex128"),
        ({"a": np.array(["x"])}, "state.a: expected one of float16"),
    ],
)
def test_what_is_not_written(state: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        write_artifact(tmp_path / "n.safetensors", network(state))


@pytest.mark.parametrize(
    ("name", "tensor", "message"),
    [
        ("bn.running_mean", None, "expected the tensor 'state.bn.running_mean'"),
        ("bn.running_mean", torch.full((5,), float("nan")), "expected numbers, got NaN"),
        ("bn.running_mean", torch.zeros(5, dtype=torch.uint16), "expected one of float16"),
        ("bn.running_mean", torch.zeros(5, dtype=torch.bfloat16), "state.bn.running_mean"),
    ],
)
def test_what_is_not_read(name: str, tensor: torch.Tensor | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "n.safetensors"
    write_artifact(path, network(STATE))
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    del tensors[f"state.{name}"]
    if tensor is not None:
        tensors[f"state.{name}"] = tensor
    save_file(tensors, path, metadata)
    with pytest.raises(InputError, match=message):
        read_artifact(path)


def test_a_list_of_state_that_is_no_list_of_names(tmp_path: Path) -> None:
    path = tmp_path / "n.safetensors"
    write_artifact(path, network({}))
    with safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()[FORMAT])
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    for wrong, message in (("bn", "state: expected list"), ([3], "state: expected names of tensors")):
        save_file(tensors, path, {FORMAT: json.dumps({**header, "state": wrong})})
        with pytest.raises(InputError, match=message):
            read_artifact(path)
