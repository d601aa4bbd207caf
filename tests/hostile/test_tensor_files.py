"""Pruned networks and checkpoints: every entry of their heads, every tensor, and damage to their bytes."""

import json
import pickle
import struct
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ends import none_wrong, wrong_call, wrong_result
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import save_file
from small_files import dotted, leaves, small_artifact
from texts import JSON

from accel_sim import load_machine, simulate
from accel_sim.results import SimulationResult
from pruning.files.checkpoint import load_checkpoint
from pruning.files.pruned import read_pruned
from workloads import load_workload
from workloads.artifact import FORMAT, read_artifact

CHECKPOINT = "crisp_accel_sim.checkpoint"
ENTRIES = 45  # of the head of the small pruned network, at least; beside those of a checkpoint
ARRAYS = {
    "empty": np.zeros(0, np.float32),
    "a scalar": np.float32(1),
    "another type": np.ones((3, 3), np.complex64),
    "other whole numbers": np.ones((8, 5), np.int64),
    "a row too many": np.ones((9, 5), np.uint8),
    "no numbers": np.full((8, 5), np.nan, np.float32),
    "infinities": np.full(8, np.inf, np.float32),
    "all bits set": np.full((8, 5), 255, np.uint8),
    "many axes": np.ones((1,) * 20, np.float32),
}
TENSORS = (
    "conv.keep",
    "conv.values",
    "conv.scale",
    "conv.activation_keep",
    "fc.keep",
    "fc.values",
    "state.conv.bias",
)
DAMAGED = {
    "empty": lambda _: b"",
    "a byte": lambda whole: whole[:1],
    "half a head": lambda whole: whole[:40],
    "all but a byte": lambda whole: whole[:-1],
    "a byte more": lambda whole: whole + b"\0",
    "a head of 2^60 bytes": lambda whole: struct.pack("<Q", 2**60) + whole[8:],
    "a head of no bytes": lambda whole: struct.pack("<Q", 0) + whole[8:],
    "a head of 100 MB": lambda whole: struct.pack("<Q", 10**8) + whole[8:],
    "a head that is no JSON": lambda whole: whole[:8] + b"x" + whole[9:],
    "twice": lambda whole: whole + whole,
    "a pickle": lambda _: pickle.dumps({"weights": [1, 2, 3]}),
    "an archive": lambda whole: b"PK\x03\x04" + whole,
    "text": lambda _: b"many words " * 100,
}
CASES = (ENTRIES + len(TENSORS)) * len(JSON) + len(TENSORS) * len(ARRAYS) + 2 * len(DAMAGED)


def run(path: Path) -> SimulationResult:
    """Read a pruned network in both ways, and simulate it."""
    read_pruned(path)
    return simulate(load_workload(path), load_machine("crisp_stc"))


def opened(path: Path, key: str) -> tuple[dict[str, np.ndarray[Any, Any]], Any]:
    """Tensors and head of a file."""
    with safe_open(path, framework="numpy") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, json.loads(file.metadata()[key])  # noqa: SIM118


def changed(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """The data with ``value`` in place of what is at ``path``."""
    if not path:
        return value
    items = data.items() if isinstance(data, dict) else enumerate(data)
    new = {key: changed(inner, path[1:], value) if key == path[0] else inner for key, inner in items}
    return new if isinstance(data, dict) else list(new.values())


def with_head(source: Path, key: str, place: tuple[str | int, ...], value: Any, target: Path) -> None:
    """The file with one entry of its head changed."""
    tensors, head = opened(source, key)
    save_file(tensors, target, {key: json.dumps(changed(head, place, value))})


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> list[tuple[str | int, ...]]:
    path = tmp_path_factory.mktemp("places") / "small.safetensors"
    small_artifact(path)
    return list(leaves(opened(path, FORMAT)[1]))


def test_the_files_as_they_are_are_fine(small, tiny_checkpoint, places):
    assert wrong_result(run(small / "small.safetensors")) is None
    assert load_checkpoint(tiny_checkpoint)
    assert len(places) >= ENTRIES
    assert set(TENSORS) <= set(opened(small / "small.safetensors", FORMAT)[0])


@pytest.mark.parametrize("what", JSON)
def test_a_hostile_entry_of_a_pruned_network_ends_in_one_line_or_a_result(what, places, small, tmp_path):
    path, found = tmp_path / "x.safetensors", {}
    for place in places:
        with_head(small / "small.safetensors", FORMAT, place, JSON[what], path)
        found[dotted(place)] = wrong_call(partial(run, path), wrong_result)
    none_wrong(found)


@pytest.mark.parametrize("what", JSON)
def test_a_hostile_entry_of_a_checkpoint_ends_in_one_line_or_a_network(what, tiny_checkpoint, tmp_path):
    path, found = tmp_path / "x.safetensors", {}
    for place in leaves(opened(tiny_checkpoint, CHECKPOINT)[1]):
        with_head(tiny_checkpoint, CHECKPOINT, place, JSON[what], path)
        found[dotted(place)] = wrong_call(partial(load_checkpoint, path))
    none_wrong(found)


@pytest.mark.parametrize("name", TENSORS)
def test_a_hostile_tensor_ends_in_one_line_or_a_result(name, small, tmp_path):
    path, found = tmp_path / "x.safetensors", {}
    tensors, head = opened(small / "small.safetensors", FORMAT)
    for what, array in {**ARRAYS, "none": None}.items():
        others = {key: value for key, value in tensors.items() if key != name}
        given = others if array is None else {**others, name: np.asarray(array)}
        save_file(given, path, {FORMAT: json.dumps(head)})
        found[what] = wrong_call(partial(run, path), wrong_result)
    none_wrong(found)


@pytest.mark.parametrize("what", DAMAGED)
def test_a_damaged_file_ends_in_one_line(what, small, tiny_checkpoint, tmp_path):
    path, found = tmp_path / "x.safetensors", {}
    for source, read in ((small / "small.safetensors", read_artifact), (tiny_checkpoint, load_checkpoint)):
        path.write_bytes(DAMAGED[what](source.read_bytes()))
        found[source.name] = wrong_call(partial(read, path))
    none_wrong(found)


@given(st.data())
def test_a_changed_byte_ends_in_one_line_or_a_result(small, tmp_path_factory, data):
    whole = bytearray((small / "small.safetensors").read_bytes())
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("changed") / "x.safetensors"
    path.write_bytes(whole)
    none_wrong({f"byte {place}": wrong_call(partial(run, path), wrong_result)})
