"""Data sets by name, and folders of the user's own images."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pruning.commands.data import data as data_command
from pruning.data import Dataset, data_names, load_dataset
from pruning.data.image_folder import SUFFIXES, Source, decode
from pruning.data.shared.idx import write_idx
from pruning.data.shared.sheet import write_sheet
from workloads.inputs import InputError


def picture(
    path: Path, width: int = 10, height: int = 8, colour: tuple[int, int, int] = (200, 100, 50)
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height), colour).save(path)
    return path


@pytest.fixture
def split_folder(tmp_path: Path) -> Path:
    for part, count in (("train", 3), ("val", 2)):
        for label, name in enumerate(("cat", "dog")):
            for i in range(count):
                picture(tmp_path / part / name / f"{i}.png", colour=(100 * label, 10 * i, 7))
    return tmp_path


def test_names_are_the_files_there_are() -> None:
    assert {"cifar10", "cifar100", "fashion_mnist", "glyph62", "image_folder"} <= {*data_names()}
    assert not {"contract", "shared"} & {*data_names()}


def test_fashion_mnist_by_name(tiny_data: Path) -> None:
    data = load_dataset("fashion_mnist", tiny_data)
    assert data.image_shape == (1, 28, 28)
    assert "clothes" in data.of_classes((1, 2)).description


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cifar11", "data: expected a known name, got 'cifar11'; did you mean 'cifar1"),
        ("cifar", "data: expected a known name, got 'cifar'; did you mean 'cifar10"),
        ("image_folder(sise=3)", "expected a known argument .* got 'sise'; did you mean 'size'"),
        ("image_folder(size=0)", "size: expected at least 1, got 0"),
        ("image_folder(grey=2)", "grey: expected 0 or 1, got 2"),
        ("image_folder(test=1.5)", "test: expected more than 0 and less than 1, got 1.5"),
        ("glyph62(faces=0)", "faces: expected at least 1, got 0"),
    ],
)
def test_wrong_names_and_arguments(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_dataset(text)


def test_folder_with_its_own_split(split_folder: Path) -> None:
    data = load_dataset("image_folder(size=6)", split_folder)
    assert data.class_names == ("cat", "dog")
    assert data.train_labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert data.test_labels.tolist() == [0, 0, 1, 1]
    assert data.image_shape == (3, 6, 6)
    red = (100 / 255 - 0.485) / 0.229
    assert torch.allclose(data.train_images[3, 0], torch.full((6, 6), red), atol=1e-6)
    assert load_dataset("image_folder(size=6, grey=1)", split_folder).image_shape == (1, 6, 6)


@given(counts=st.lists(st.integers(2, 9), min_size=2, max_size=3), share=st.floats(0.01, 0.99))
def test_folder_that_we_split(
    counts: list[int], share: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("own")
    for label, count in enumerate(counts):
        for i in range(count):
            picture(root / f"class{label}" / f"{i}.bmp", 4, 4)
    one, again = (Source(size=2, test=share).load(root) for _ in range(2))
    assert torch.equal(one.train_labels, again.train_labels)
    for label, count in enumerate(counts):
        train, test = (int((labels == label).sum()) for labels in (one.train_labels, one.test_labels))
        assert train + test == count
        assert train >= 1
        assert test == min(count - 1, -int(-share * count // 1))


def test_folders_that_are_wrong(tmp_path: Path, split_folder: Path) -> None:
    (split_folder / "val" / "cow").mkdir()
    with pytest.raises(InputError, match=r"cow: expected images \(\.png, .*got none"):
        load_dataset("image_folder", split_folder)
    picture(split_folder / "val" / "cow" / "1.png")
    with pytest.raises(InputError, match="train: expected a folder of the class 'cow', got none"):
        load_dataset("image_folder", split_folder)
    picture(split_folder / "train" / "cow" / "1.png")
    picture(split_folder / "train" / "eel" / "1.png")
    with pytest.raises(InputError, match="val: expected a folder of the class 'eel', got none"):
        load_dataset("image_folder", split_folder)
    (tmp_path / "only").mkdir()
    with pytest.raises(InputError, match="expected a folder of images for each class, got no folder"):
        load_dataset("image_folder", tmp_path / "only")
    (tmp_path / "only" / "train").mkdir()
    with pytest.raises(InputError, match="expected the folder 'test' or 'val' beside 'train', got neither"):
        load_dataset("image_folder", tmp_path / "only")
    picture(tmp_path / "one" / "cat" / "1.png")
    with pytest.raises(InputError, match="cat: expected at least two images to split, got one"):
        load_dataset("image_folder", tmp_path / "one")
    picture(tmp_path / "one" / "cat" / "2.png")
    with pytest.raises(InputError, match="expected at least two class folders, got 1"):
        load_dataset("image_folder", tmp_path / "one")


@pytest.mark.parametrize("suffix", [s for s in SUFFIXES if s != ".pgm"])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_corrupt_images_are_named(suffix: str, share: float, split_folder: Path) -> None:
    path = picture(split_folder / "train" / "cat" / f"bad{suffix}", 40, 40)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError, match=rf"bad\{suffix}: expected an image, got: "):
        load_dataset("image_folder(size=8)", split_folder)


def test_odd_images(tmp_path: Path) -> None:
    deep = np.full((4, 4), 0x8034, np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    assert (decode(tmp_path / "deep.png", 4, grey=True) == 0x80).all()
    Image.fromarray(np.ones((4, 4), np.float32)).save(tmp_path / "float.tiff")
    with pytest.raises(InputError, match=r"float\.tiff: expected an image, got: pixels of the kind 'F'"):
        decode(tmp_path / "float.tiff", 4, grey=False)
    turned = Image.new("RGB", (8, 8), (255, 255, 255))
    turned.paste((0, 0, 0), (0, 0, 8, 4))  # black above
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    turned.save(tmp_path / "turned.png", exif=exif)
    pixels = decode(tmp_path / "turned.png", 8, grey=True)[0]
    assert pixels[0].max() == 255
    assert pixels[7].max() == 0
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([0, 0, 0, 9, 8, 7])
    palette.save(tmp_path / "palette.gif")
    assert decode(tmp_path / "palette.gif", 2, grey=False)[:, 0, 0].tolist() == [9, 8, 7]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, ">u2"])
@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_tags_are_obeyed_at_every_depth(
    kind: str, suffix: str, orientation: int, tmp_path: Path
) -> None:
    upright = np.array([[10, 20, 30], [40, 50, 60]])
    # How a camera that held this way stores it: the tag says where row 0 and column 0 belong.
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: upright.T[::-1],
        7: upright.T[::-1, ::-1],
        8: upright.T[:, ::-1],
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"turned{suffix}"
    deep = stored.astype(kind) * (1 if kind is np.uint8 else 256)
    Image.fromarray(np.ascontiguousarray(deep)).save(path, exif=exif)
    # The middle square of 2 x 3 pixels; what was turned wrongly has another one.
    assert (
        decode(path, 2, grey=True)[0].tolist() == decode(_saved(upright, tmp_path), 2, grey=True)[0].tolist()
    )


def _saved(pixels: np.ndarray, folder: Path) -> Path:
    Image.fromarray(pixels.astype(np.uint8)).save(folder / "upright.png")
    return folder / "upright.png"


def test_hidden_files_and_folders_are_passed_over(split_folder: Path) -> None:
    for hidden in (".thumbs/t0.png", "more/.cache/deep/t1.png", ".t2.png"):
        (split_folder / "train" / "cat" / hidden).parent.mkdir(parents=True, exist_ok=True)
        (split_folder / "train" / "cat" / hidden).write_bytes(b"no image")
    picture(split_folder / "train" / "cat" / "more" / "seen.png")
    data = load_dataset("image_folder(size=6)", split_folder)
    assert data.train_labels.tolist() == [0, 0, 0, 0, 1, 1, 1]


def test_a_folder_within_a_hidden_one_is_read(tmp_path: Path) -> None:
    for name in ("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"):
        picture(tmp_path / ".mine" / name)
    assert len(load_dataset("image_folder(size=6)", tmp_path / ".mine").train_labels) == 2


def test_images_that_memory_cannot_hold(split_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        InputError, match=r"data: size: expected 10 images that fit into .*, got 10000000 pixels"
    ):
        load_dataset("image_folder(size=10000000)", split_folder)
    # 10 images of 6 x 6 in colour, a byte and a float each pixel: 5400 bytes.
    for pages, fits in ((5400, True), (5399, False)):
        monkeypatch.setattr("os.sysconf", {"SC_PAGE_SIZE": 1, "SC_PHYS_PAGES": pages}.__getitem__)
        if fits:
            assert load_dataset("image_folder(size=6)", split_folder).image_shape == (3, 6, 6)
        else:
            with pytest.raises(InputError, match="data: size: expected 10 images that fit"):
                load_dataset("image_folder(size=6)", split_folder)


@pytest.mark.parametrize(("part", "called"), [("train", "training"), ("t10k", "test")])
def test_a_part_without_an_image(part: str, called: str, tiny_data: Path, tmp_path: Path) -> None:
    for path in tiny_data.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    write_idx(tmp_path / f"{part}-images-idx3-ubyte.gz", np.empty((0, 28, 28), np.uint8))
    write_idx(tmp_path / f"{part}-labels-idx1-ubyte.gz", np.empty(0, np.uint8))
    with pytest.raises(InputError, match=f"fashion_mnist: expected at least one {called} image, got none"):
        load_dataset("fashion_mnist", tmp_path)


@given(width=st.integers(1, 40), height=st.integers(1, 40), size=st.integers(1, 20), grey=st.booleans())
def test_any_shape_is_cut_to_size(
    width: int, height: int, size: int, grey: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = picture(tmp_path_factory.getbasetemp() / "any.png", width, height)
    pixels = decode(path, size, grey)
    assert pixels.shape == (1 if grey else 3, size, size)
    assert (pixels == pixels[:, :1, :1]).all()  # one colour stays one colour


def test_a_sheet_shows_every_class(split_folder: Path, tmp_path: Path) -> None:
    data = load_dataset("image_folder(size=6)", split_folder)
    write_sheet(data, tmp_path / "a.png")
    write_sheet(data, tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (12, 11 * 6 + 4)
    with pytest.raises(InputError, match=r"expected a name that ends in \.png, got '\.jpg'"):
        write_sheet(data, tmp_path / "a.jpg")


def test_the_command_describes_a_data_set(
    split_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture_path = tmp_path / "sheet.png"
    data_command("image_folder(size=6)", str(split_folder), picture_path, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["train_images"], found["test_images"], found["class_names"]) == (6, 4, ["cat", "dog"])
    assert picture_path.is_file()
    data_command(None)
    assert capsys.readouterr().out.split() == data_names()
    data_command("image_folder(size=6)", str(split_folder))
    assert "class_names: cat, dog" in capsys.readouterr().out
    with pytest.raises(InputError, match="--left-out: expected a data set that leaves something out"):
        data_command("image_folder(size=6)", str(split_folder), left_out=True)


def test_a_choice_of_classes_keeps_what_is_known_of_the_set() -> None:
    images, labels = torch.zeros(4, 1, 2, 2), torch.tensor([0, 1, 2, 0])
    data = Dataset("x", ("a", "b", "c"), images, labels, images, labels, "words", mirrors=False)
    mine = data.of_classes((0, 2))
    assert (mine.description, mine.mirrors, mine.train_labels.tolist()) == ("words", False, [0, 2, 0])
