"""What is too large is refused before it starts, in one line, with the limit and what asks for it."""

import resource
import struct

import numpy as np
import pytest
from refusals import refusal

from accel_sim import load_machine, simulate
from accel_sim.engine import Engine
from accel_sim.kernels.arrays.shared.group_lists import element_lists
from accel_sim.memory import check_memory, estimate_bytes
from workloads import KeepMask, Layer, load_network, load_workload
from workloads.artifact import PrunedLayer, PrunedNetwork, read_artifact, write_artifact
from workloads.inputs import memory
from workloads.inputs.files import replace_atomically, require_file
from workloads.inputs.strict_yaml import MOST_BYTES as MOST_YAML
from workloads.inputs.strict_yaml import load_yaml
from workloads.masked_layer import MaskedLayer

HEADER = (
    "name,kind,in_channels,out_channels,in_h,in_w,kernel_h,kernel_w,stride_h,padding_h,dilation_h,groups\n"
)
CONVOLUTION = "Layer name,IFMAP Height,IFMAP Width,Filter Height,Filter Width,Channels,Num Filter,Strides\n"
LONG = "x" * 5000


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("x,linear,1000000,1000000,,,,,,,,", "x: expected at most 1.72e+10 weights, got 1e+12"),
        (f"x,conv,3,8,9,9,3,3,{10**30},,,", "x: stride_h: expected at most 1,099,511,627,776, got 1000"),
        (f"x,conv,3,8,9,9,3,3,,{10**19},,", "x: padding_h: expected at most 1,099,511,627,776, got 1000"),
        (f"x,conv,3,800000,9,9,3,3,,{2**40},,", "x: expected at most 9.01e+15 MACs, got"),
        (f"x,conv,3,8,9,9,3,3,,,{2**70},", "x: dilation_h: expected at most 1,099,511,627,776, got"),
        (f"x,conv,{2**20},1,{2**20},{2**20},1,1,{2**40},,,", "x: expected at most 2.81e+14 inputs, padding"),
        (f"x,conv,1,{2**20},{2**20},{2**20},1,1,,,,", "x: expected at most 9.01e+15 MACs"),
        (f"x,conv,1,{2**10},{2**20},{2**20},1,1,,,,", "x: expected at most 2.81e+14 outputs, got 1.13e+15"),
        (f"x,linear,{'9' * 5000},8,,,,,,,,", "in_channels: expected a whole number, got '9999"),
    ],
)
def test_a_layer_of_a_table_has_bounds(tmp_path, row, message):
    path = tmp_path / "net.csv"
    path.write_text(f"{HEADER}good,linear,4,4,,,,,,,,\n{row}\n")
    said = refusal(load_network, path)
    assert said.startswith(f"{path}:3: {message}")
    assert len(said) < 400


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            f"x,{10**15},4,3,3,3,8,1,",
            f"{{path}}:2: x: in_h: expected at most 1,099,511,627,776, got {10**15}",
        ),
        (f"x,4,4,3,3,3,8,{10**30},", "{path}:2: x: in_h: expected at most 1,099,511,627,776, got 1000"),
        ("x,4,4,3,3,1000000,1000000,1,", "{path}:2: x: expected at most 1.72e+10 weights, got 9e+12"),
        (
            f"x,{'9' * 5000},4,3,3,3,8,1,",
            "{path}:2: ifmap height: expected a whole number of at least 1, got 5000 ch",
        ),
        (
            f"x,{'9' * 200_000},4,3,3,3,8,1,",
            "{path}:2: expected cells between commas, got: field larger than",
        ),
    ],
)
def test_a_layer_of_a_topology_has_bounds(tmp_path, row, message):
    path = tmp_path / "net.csv"
    path.write_text(CONVOLUTION + row + "\n")
    assert refusal(load_network, path).startswith(message.format(path=path))


def test_a_layer_of_an_artifact_has_bounds(tmp_path):
    path = tmp_path / "net.safetensors"
    layer = PrunedLayer(Layer.linear("fc", 4, 4), KeepMask.ones(4, 4), np.ones(16, np.float32))
    write_artifact(path, PrunedNetwork("net", (layer,)))
    whole = path.read_bytes()
    start = whole.index(b"stride_h")
    assert whole[start : start + 13] == b'stride_h\\": 1'
    (size,) = struct.unpack("<Q", whole[:8])
    longer = whole[8 : start + 12] + b"9" * 24 + whole[start + 13 : 8 + size]
    path.write_bytes(struct.pack("<Q", len(longer)) + longer + whole[8 + size :])
    said = refusal(read_artifact, path)
    assert said.startswith(
        f"{path}: layers: expected a layer's geometry, got: fc: stride_h: expected at most"
    )


def test_yaml_beyond_two_megabytes_is_refused(tmp_path):
    path = tmp_path / "long.yaml"
    path.write_text("a: 1\n" + "#" * (MOST_YAML - 5))
    assert load_yaml(str(path)).data == {"a": 1}
    path.write_text("a: 1\n" + "#" * (MOST_YAML - 4))
    assert (
        refusal(load_yaml, path) == f"{path}: expected a YAML file of at most 2,000,000 bytes, got 2,000,001"
    )


def test_paths_of_five_thousand_characters_are_one_short_line():
    for call in (load_network, load_workload):
        assert "got: File name too long" in refusal(call, f"{LONG}.csv")
    for call, end in ((load_machine, ".yaml"), (load_machine, ".cfg"), (read_artifact, ".safetensors")):
        said = refusal(call, LONG + end)
        assert said.endswith("got: File name too long")
        assert len(said) < 400
    assert len(refusal(require_file, "/".join([LONG] * 3), "a file")) < 400
    said = refusal(replace_atomically, f"{LONG}/{LONG}.csv", print)
    assert said.endswith("expected a place that can be written, got: File name too long")
    assert len(said) < 400


def test_the_limit_is_the_machines_memory_or_what_ulimit_leaves_of_it(monkeypatch, tmp_path):
    whole = memory.memory_limit()
    assert 2**28 < whole < 2**63 - 1
    monkeypatch.setattr(resource, "getrlimit", lambda _: (2**27, resource.RLIM_INFINITY))
    assert memory.memory_limit() == 2**27
    (tmp_path / "memory.max").write_text("1000000\n")
    monkeypatch.setattr(memory, "_CGROUP", tmp_path / "memory.max")
    assert memory.memory_limit() == 1_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.memory_limit() == 2**27


@pytest.fixture
def four_gigabytes(monkeypatch):
    monkeypatch.setattr("accel_sim.memory.memory_limit", lambda: 4 * 10**9)
    monkeypatch.setattr("workloads.inputs.memory.memory_limit", lambda: 4 * 10**9)


@pytest.mark.usefixtures("four_gigabytes")
def test_a_run_beyond_the_memory_is_refused_with_the_estimate_and_the_limit():
    machine, image = load_machine("crisp_stc"), Layer("c", "conv", 3, 64, 100_000, 100_000, 3, 3)
    said = refusal(simulate, load_workload("resnet50", batch=1_000_000), machine)
    assert said == (
        "conv1: expected a run that fits into this machine's memory, 4.0 GB, got an estimate of 98.0 GB;"
        " a smaller batch or layer needs less"
    )
    masked = MaskedLayer(image, KeepMask.ones(64, 27))
    assert "4.0 GB, got an estimate of 78.1 GB" in refusal(check_memory, Engine.of(machine), [masked])
    check_memory(Engine.of(machine), load_workload("resnet50", batch=1000).layers)


@pytest.mark.usefixtures("four_gigabytes")
def test_masks_beyond_the_memory_are_refused_before_they_are_drawn(tmp_path):
    path = tmp_path / "net.csv"
    path.write_text("name,kind,in_channels,out_channels\na,linear,8,8\nfc,linear,100000,100000\n")
    said = refusal(load_workload, path, "unstructured(density=0.5)")
    assert "4.0 GB, got an estimate of 81.3 GB; its masks need a bit a weight" in said


def test_an_estimate_counts_tiles_weights_and_the_activations_that_are_looked_at():
    masked = MaskedLayer(Layer.gemm("g", 130, 64, 1000), KeepMask.ones(130, 64))
    tiles = 3 * 8  # of 64 x 128
    assert estimate_bytes(Engine.of(load_machine("dense_tc")), masked) == tiles * 1000 + 130 * 64 * 5 // 4
    looking = estimate_bytes(Engine.of(load_machine("unstructured_gather")), masked)
    assert looking >= 64 * 1000 * 9 // 8 + 130 * 64 * 5


def test_an_estimate_holds_the_lists_that_a_gather_array_makes_of_dense_weights():
    masked = MaskedLayer(Layer.gemm("g", 512, 1024, 1), KeepMask.ones(512, 1024))
    ready = Engine.of(load_machine("csr_gather"))
    lists = element_lists(masked.mask.words, masked.mask.k_dim)
    assert estimate_bytes(ready, masked) >= lists.groups.nbytes + lists.heads.nbytes == 5 * 512 * 1024
