"""A pruned network reads back bit for bit; any other file is one clear line and nothing else."""

import json
import pickle
import struct
from dataclasses import replace

import numpy as np
import pytest
from refusals import refusal_of_file
from safetensors.numpy import save_file

from workloads import KeepMask, Layer
from workloads.artifact import FORMAT, PrunedLayer, PrunedNetwork, read_artifact, write_artifact
from workloads.inputs import InputError


def pruned_layer(layer: Layer, dtype: str, seed: int, density: float = 0.3) -> PrunedLayer:
    random = np.random.default_rng(seed)
    mask = KeepMask.from_dense(random.random((layer.m_dim, layer.k_dim)) < density)
    if dtype == "int8":
        values = random.integers(-128, 128, mask.kept).astype(np.int8)
        return PrunedLayer(layer, mask, values, random.random(layer.m_dim, np.float32), note="note")
    return PrunedLayer(layer, mask, random.standard_normal(mask.kept).astype(dtype))


def example() -> PrunedNetwork:
    return PrunedNetwork(
        "net",
        (
            pruned_layer(Layer("conv.1", "conv", 6, 9, 5, 7, 3, 3, 2, 1, 1, 1, groups=3), "int8", 0),
            pruned_layer(Layer.linear("fc", 70, 11), "float16", 1),
            pruned_layer(Layer.gemm("all gone", 3, 5, 2), "float32", 2, density=0),
            pruned_layer(Layer.gemm("g", 4, 64, 2), "float32", 3, density=1),
        ),
        {"classes": [1, 2], "pattern": "crisp", "accuracy": 0.5, "nested": {"a": None}},
    )


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "net.safetensors"
    write_artifact(path, example())
    return path


def split(path) -> tuple[dict, bytes]:
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    return json.loads(raw[8 : 8 + length]), raw[8 + length :]


def join(path, header, data: bytes) -> None:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def edit_description(path, change) -> None:
    header, data = split(path)
    description = json.loads(header["__metadata__"][FORMAT])
    change(description)
    header["__metadata__"][FORMAT] = json.dumps(description)
    join(path, header, data)


def test_a_network_reads_back_bit_for_bit(written):
    before, after = example(), read_artifact(written)
    assert (after.name, after.provenance) == (before.name, before.provenance)
    for a, b in zip(after.layers, before.layers, strict=True):
        for name in ("layer", "mask", "activation_density", "note"):
            assert getattr(a, name) == getattr(b, name)
        assert (a.values.dtype, a.values.tobytes()) == (b.values.dtype, b.values.tobytes())
        assert (a.scale is None) == (b.scale is None)
        if a.scale is not None:
            assert a.scale.tobytes() == b.scale.tobytes()
    assert after.density == before.density


def test_dense_weights_are_values_in_their_places_times_the_scale(written):
    masked = read_artifact(written).layers[0]
    expected = np.zeros((masked.mask.m_dim, masked.mask.k_dim), np.float32)
    values = iter(masked.values)
    for i, row in enumerate(masked.mask.to_dense()):
        for k in np.flatnonzero(row):
            expected[i, k] = np.float32(next(values)) * masked.scale[i]
    assert np.array_equal(masked.dense(), expected)


def test_the_same_network_gives_the_same_bytes(written, tmp_path):
    again = tmp_path / "again.safetensors"
    write_artifact(again, read_artifact(written))
    assert again.read_bytes() == written.read_bytes()


def test_a_file_cut_short_anywhere_is_refused(written):
    raw = written.read_bytes()
    for length in [*range(0, 64), *range(64, len(raw), 37), len(raw) - 1]:
        written.write_bytes(raw[:length])
        refusal_of_file(read_artifact, written)


def test_a_flipped_byte_is_refused_or_read_but_never_crashes(written):
    raw = written.read_bytes()
    outcomes = []
    for position in range(0, len(raw), 29):
        written.write_bytes(raw[:position] + bytes([raw[position] ^ 0x41]) + raw[position + 1 :])
        try:
            read_artifact(written)
            outcomes.append("read")
        except InputError as error:
            outcomes.append(str(error))
    assert not any("\n" in outcome for outcome in outcomes)
    assert len(set(outcomes)) > 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text, long enough to hold a length",
        pickle.dumps({"weights": [1.0] * 50}),
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 4) + b"\xff\xff\xff\xff",
        struct.pack("<Q", 2) + b"[]",
        b"PK\x03\x04" + b"\x00" * 60,
    ],
)
def test_what_is_no_safetensors_is_refused(tmp_path, content):
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    assert "expected a safetensors file" in refusal_of_file(read_artifact, path)


def test_a_pickle_is_not_executed(tmp_path):
    class Bomb:
        def __reduce__(self):
            return open, (str(tmp_path / "executed"), "w")

    path = tmp_path / "x.safetensors"
    path.write_bytes(pickle.dumps(Bomb()))
    refusal_of_file(read_artifact, path)
    assert not (tmp_path / "executed").exists()


def test_foreign_safetensors_are_refused(tmp_path):
    path = tmp_path / "x.safetensors"
    save_file({"w": np.zeros(3, np.float32)}, path)
    assert "expected a pruned network" in refusal_of_file(read_artifact, path)
    save_file({"w": np.zeros(3, np.float32)}, path, {"format": "pt"})
    assert "expected a pruned network" in refusal_of_file(read_artifact, path)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    assert "no such file" in refusal_of_file(read_artifact, tmp_path / "none.safetensors")
    assert "got a folder" in refusal_of_file(read_artifact, tmp_path)


def set_layer(key, value):
    return lambda description: description["layers"][0]["layer"].__setitem__(key, value)


def set_entry(key, value):
    return lambda description: description["layers"][0].__setitem__(key, value)


def set_top(key, value):
    return lambda description: description.__setitem__(key, value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_top("version", 2), "version: expected 1, got 2"),
        (set_top("version", "1"), "version: expected int"),
        (set_top("name", None), "name: expected str"),
        (set_top("provenance", []), "provenance: expected dict"),
        (set_top("layers", {}), "layers: expected list"),
        (set_top("layers", []), "layers: expected at least one"),
        (set_top("layers", [5]), "layers: expected a layer's geometry"),
        (set_layer("out_channels", 12), "keep: expected uint8"),
        (set_layer("in_channels", 60), "keep: expected uint8"),
        (set_layer("in_channels", -6), "in_channels: expected a whole number"),
        (set_layer("in_channels", 3 * 10**40), "in_channels: expected at most"),
        (set_layer("kernel_h", "3"), "kernel_h: expected a whole number"),
        (set_layer("colour", 3), "layers: expected a layer's geometry"),
        (set_layer("name", "other"), "expected the tensor 'other.keep'"),
        (set_layer("name", "two\nlines"), "name: expected printable text"),
        (set_layer("name", ["fc"]), "name: expected printable text"),
        (set_entry("activation_density", 1.5), "activation_density: expected 0 to 1, got 1.5"),
        (set_entry("activation_density", float("nan")), "activation_density: expected 0 to 1, got nan"),
        (set_entry("activation_density", 10**400), "layers: expected a layer's geometry"),
        (set_entry("activation_density", None), "layers: expected a layer's geometry"),
        (lambda d: d["layers"][0].pop("note"), "layers: expected a layer's geometry"),
        (lambda d: d["layers"].append(d["layers"][0]), "expected distinct layer names"),
    ],
)
def test_a_description_that_contradicts_the_tensors_is_refused(written, change, message):
    edit_description(written, change)
    assert message in refusal_of_file(read_artifact, written)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "5", '"x"', "[" * 100_000, '{"version": ' + "9" * 5000 + "}"]
)
def test_a_description_that_is_no_description_is_refused(written, text):
    header, data = split(written)
    header["__metadata__"][FORMAT] = text
    join(written, header, data)
    assert "description" in refusal_of_file(read_artifact, written)


def repack(path, change) -> None:
    """Rewrite the file with tensors changed by hand and the description as it was."""
    header, data = split(path)
    kinds = {"U8": np.uint8, "I8": np.int8, "F16": np.float16, "F32": np.float32}
    tensors = {
        name: np.frombuffer(data[slice(*about["data_offsets"])], kinds[about["dtype"]]).reshape(
            about["shape"]
        )
        for name, about in header.items()
        if name != "__metadata__"
    }
    change(tensors)
    save_file(tensors, path, header["__metadata__"])


def poison(name, place, value):
    def change(tensors):
        tensors[name] = tensors[name].copy()
        tensors[name][place] = value

    return change


def recast(name, dtype):
    return lambda tensors: tensors.__setitem__(name, tensors[name].astype(dtype))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("conv.1.keep"), "expected the tensor 'conv.1.keep'"),
        (lambda t: t.pop("conv.1.values"), "expected the tensor 'conv.1.values'"),
        (lambda t: t.pop("conv.1.scale"), "scale: expected one with int8 values"),
        (lambda t: t.update({"fc.scale": np.ones(11, np.float32)}), "scale: expected one with int8"),
        (recast("conv.1.keep", np.int8), "keep: expected uint8"),
        (recast("conv.1.scale", np.float16), "scale: expected float32"),
        (recast("fc.values", np.float64), "values: expected one of int8, float16, float32, got float64"),
        (poison("conv.1.keep", (0, -1), 0xFF), "expected no bit beyond k_dim=18"),
        (poison("fc.values", 3, np.nan), "values: expected finite numbers"),
        (poison("conv.1.scale", 2, np.nan), "scale: expected finite numbers"),
        (lambda t: t.update({"fc.values": t["fc.values"][:-1]}), "survivors, got shape"),
        (lambda t: t.update({"fc.values": t["fc.values"][None]}), "survivors, got shape"),
        (lambda t: t.update({"conv.1.scale": t["conv.1.scale"][:-1]}), "scale: expected float32 (9,)"),
        (
            lambda t: t.update({"fc.keep": t["fc.keep"][:-1]}),
            "keep: expected uint8 (11, 9), got uint8 (10, 9)",
        ),
    ],
)
def test_tensors_that_contradict_the_description_are_refused(written, change, message):
    repack(written, change)
    assert message in refusal_of_file(read_artifact, written)


@pytest.mark.parametrize(("kind", "size"), [("BF16", 2), ("F8_E4M3", 1), ("I64", 8), ("BOOL", 1)])
def test_values_of_a_type_that_numpy_may_not_know_are_refused(written, kind, size):
    header, data = split(written)
    kept = header["fc.values"]["shape"][0]
    header["fc.values"].update(dtype=kind, data_offsets=[len(data), len(data) + kept * size])
    begin, end = split(written)[0]["fc.values"]["data_offsets"]
    for name, about in header.items():  # close the gap that the old values leave
        if name != "__metadata__" and about["data_offsets"][0] >= end:
            about["data_offsets"] = [offset - (end - begin) for offset in about["data_offsets"]]
    join(written, header, data[:begin] + data[end:] + b"\0" * (kept * size))
    assert "fc" in refusal_of_file(read_artifact, written)


def test_a_network_that_contradicts_itself_is_not_written(tmp_path):
    network = example()
    first, second = network.layers[:2]
    short = replace(second, values=second.values[:-1])
    for layers in [(first, first), (short,), (replace(first, scale=None),)]:
        with pytest.raises(InputError):
            write_artifact(tmp_path / "x.safetensors", replace(network, layers=layers))
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "taken.safetensors").mkdir()
    with pytest.raises(InputError, match="expected a place that can be written"):
        write_artifact(tmp_path / "taken.safetensors", example())
