"""CIFAR in both of its forms, and pickles that want to run something."""

import pickle
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pruning.data import load_dataset
from pruning.data.cifar10 import KIND as CIFAR10
from pruning.data.cifar100 import KIND as CIFAR100
from pruning.data.shared.cifar import Cifar
from pruning.data.shared.safe_pickle import read_plain_pickle
from workloads.inputs import InputError

KINDS = pytest.mark.parametrize("kind", [CIFAR10, CIFAR100], ids=lambda kind: kind.name)
COUNT = 6


def batches(kind: Cifar) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    random = np.random.default_rng(1)
    return {
        stem: (
            random.integers(0, 256, (COUNT, 3072), np.uint8),
            np.arange(place, place + COUNT) % kind.classes,
        )
        for place, stem in enumerate((*kind.train, *kind.test))
    }


def names(kind: Cifar) -> list[str]:
    return [f"thing {i}" for i in range(kind.classes)]


def write_python(kind: Cifar, folder: Path, protocol: int = 2) -> Path:
    folder.mkdir(parents=True)
    for stem, (images, labels) in batches(kind).items():
        raw = {b"data": images, kind.labels_key: labels.tolist(), b"batch_label": b"one"}
        (folder / stem).write_bytes(pickle.dumps(raw, protocol))
    meta = {kind.names_key: [name.encode() for name in names(kind)], b"num_vis": 3072}
    (folder / kind.meta).write_bytes(pickle.dumps(meta, protocol))
    return folder


def write_binary(kind: Cifar, folder: Path) -> Path:
    folder.mkdir(parents=True)
    for stem, (images, labels) in batches(kind).items():
        coarse = np.full((COUNT, kind.label_bytes - 1), 19)
        rows = np.concatenate([coarse, labels[:, None], images], axis=1).astype(np.uint8)
        (folder / f"{stem}.bin").write_bytes(rows.tobytes())
    (folder / kind.names_file).write_text("\n".join(names(kind)) + "\n\n")
    return folder


@KINDS
def test_both_forms_give_the_same(kind: Cifar, tmp_path: Path) -> None:
    python = load_dataset(kind.name, write_python(kind, tmp_path / "python"))
    binary = load_dataset(kind.name, write_binary(kind, tmp_path / "binary"))
    assert python.class_names == binary.class_names == tuple(names(kind))
    assert python.train_images.shape == (COUNT * len(kind.train), 3, 32, 32)
    for part in ("train_images", "train_labels", "test_images", "test_labels"):
        assert torch.equal(getattr(python, part), getattr(binary, part))
    images, labels = batches(kind)[kind.test[0]]
    mean, std = (torch.tensor(numbers).reshape(3, 1, 1) for numbers in (kind.mean, kind.std))
    back = (python.test_images[2] * std + mean) * 255
    assert np.array_equal(back.round().numpy().astype(np.uint8), images[2].reshape(3, 32, 32))
    assert python.test_labels.tolist() == labels.tolist()


@KINDS
def test_the_folder_around_will_do(kind: Cifar, tmp_path: Path) -> None:
    write_python(kind, tmp_path / "a" / kind.python_folder)
    write_binary(kind, tmp_path / "b" / kind.binary_folder)
    assert load_dataset(kind.name, tmp_path / "a").name == kind.name
    assert load_dataset(kind.name, tmp_path / "b").name == kind.name


@pytest.mark.parametrize("protocol", range(5))  # numpy takes another road in 5, CIFAR's files are in 2
def test_every_pickle_protocol(protocol: int, tmp_path: Path) -> None:
    data = load_dataset("cifar10", write_python(CIFAR10, tmp_path / "c", protocol))
    assert len(data.test_labels) == COUNT


def test_what_is_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"expected a folder with cifar10 .*got none; give it with --data-root"
    ):
        load_dataset("cifar10")
    with pytest.raises(InputError, match=r"expected a folder with cifar100 .*got no such folder"):
        load_dataset("cifar100", tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"got neither batches\.meta nor batches\.meta\.txt there"):
        load_dataset("cifar10", tmp_path)
    folder = write_binary(CIFAR10, tmp_path / "binary")
    (folder / "data_batch_3.bin").unlink()
    with pytest.raises(InputError, match=r"data_batch_3\.bin: expected a file of cifar10, got no such file"):
        load_dataset("cifar10", folder)


def test_wrong_files(tmp_path: Path) -> None:
    folder = write_binary(CIFAR10, tmp_path / "binary")
    whole = (folder / "test_batch.bin").read_bytes()
    for raw in (whole[:-1], b""):
        (folder / "test_batch.bin").write_bytes(raw)
        with pytest.raises(InputError, match=r"test_batch\.bin: expected whole images of 3073 bytes, got"):
            load_dataset("cifar10", folder)
    (folder / "test_batch.bin").write_bytes(b"\x0a" + whole[1:])
    with pytest.raises(InputError, match=r"test_batch\.bin: expected labels from 0 to 9, got 10"):
        load_dataset("cifar10", folder)
    (folder / "test_batch.bin").write_bytes(whole)
    (folder / "batches.meta.txt").write_text("one\ntwo\n")
    with pytest.raises(InputError, match="expected 10 names of classes, got 2"):
        load_dataset("cifar10", folder)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1], "expected a pickled dictionary, got list"),
        ({b"data": np.zeros((2, 3072), np.uint8)}, "expected an array 'data' and a list 'labels'"),
        (
            {b"data": np.zeros((2, 9), np.uint8), b"labels": [0, 1]},
            r"images of 3072 bytes, got an array \(2, 9\)",
        ),
        ({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0]}, "expected 2 labels, got 1"),
        ({b"data": np.zeros((1, 3072), np.uint8), b"labels": ["x"]}, "labels that are whole numbers"),
        ({b"data": np.zeros((1, 3072), np.uint8), b"labels": [-1]}, "labels from 0 to 9, got -1"),
        ({b"data": np.zeros((1, 3072)), b"labels": [1]}, "an array of something else than unsigned bytes"),
    ],
)
def test_wrong_pickles(value: object, message: str, tmp_path: Path) -> None:
    folder = write_python(CIFAR10, tmp_path / "python")
    (folder / "test_batch").write_bytes(pickle.dumps(value, 2))
    with pytest.raises(InputError, match=f"test_batch: .*{message}"):
        load_dataset("cifar10", folder)


class Trap:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.target,)


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_that_would_run_something_is_refused(protocol: int, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    pickle.loads(pickle.dumps(Trap(trap), protocol))
    assert trap.exists()  # it does work
    trap.unlink()
    (tmp_path / "file").write_bytes(pickle.dumps({b"data": Trap(trap)}, protocol))
    with pytest.raises(InputError, match="file: expected a pickle of plain data, got: it names"):
        read_plain_pickle(tmp_path / "file")
    assert not trap.exists()


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
    max_leaves=4,
)


@given(value=PLAIN, protocol=st.integers(1, 5))
def test_plain_data_comes_back(
    value: object, protocol: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "plain"
    path.write_bytes(pickle.dumps(value, protocol))
    assert read_plain_pickle(path) == value


@given(depth=st.integers(0, 40))
def test_data_nested_too_deeply_is_refused(depth: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    path = tmp_path_factory.getbasetemp() / "deep"
    path.write_bytes(pickle.dumps(value, 2))
    if depth <= 8:
        assert read_plain_pickle(path) == value
    else:
        with pytest.raises(InputError, match="data nested too deeply"):
            read_plain_pickle(path)


@given(shape=st.lists(st.integers(0, 4), min_size=1, max_size=4), fortran=st.booleans())
def test_arrays_come_back(shape: list[int], fortran: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "array"
    array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    array = np.asfortranarray(array) if fortran else array
    path.write_bytes(pickle.dumps({b"data": array}, 2))
    assert np.array_equal(read_plain_pickle(path)[b"data"], array)


@given(raw=st.binary(max_size=60), cut=st.integers(0, 200), at=st.integers(0, 200))
def test_a_damaged_pickle_is_one_error_or_plain_data(
    raw: bytes, cut: int, at: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged"
    good = pickle.dumps({b"data": np.zeros((3, 4), np.uint8), b"labels": [1, 2, 3]}, 2)
    for text in (raw, good[:cut], good[:at] + raw[:1] + good[at + 1 :]):
        path.write_bytes(text)
        with suppress(InputError):  # and nothing else
            read_plain_pickle(path)
