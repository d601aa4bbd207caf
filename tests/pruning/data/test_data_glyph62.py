"""Glyph-62: which fonts are fit, which side they are on, and that the same fonts give the same bytes."""

import json
import shutil
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from made_fonts import make_font, names_for

from pruning.commands.data import data as data_command
from pruning.data import Dataset, load_dataset
from pruning.data.shared.glyphs import fonts
from pruning.data.shared.glyphs.collect import cache_folder, draw_set, glyph_set
from pruning.data.shared.glyphs.render import CLASS_NAMES, UnfitError, draw_face, open_face
from workloads.inputs import InputError

MPL_FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
SANS = MPL_FONTS / "DejaVuSans.ttf"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three typefaces for training, two for the test, and a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for i, name in enumerate(names_for(False, 3) + names_for(True, 2)):
        make_font(tmp_path / "fonts" / f"{name}.ttf", name, tall=600 + 20 * i)
    return tmp_path / "fonts"


def test_letters_are_drawn_whole_and_on_one_line() -> None:
    images = dict(zip(CLASS_NAMES, draw_face(open_face(SANS)), strict=True))
    assert {image.shape for image in images.values()} == {(32, 32)}
    for image in images.values():
        assert image.max() > 150
        assert not image[0].any()
        assert not image[-1].any()
        assert not image[:, 0].any()
        assert not image[:, -1].any()
        columns = np.flatnonzero(image.max(axis=0))
        assert abs(columns[0] + columns[-1] - 31) <= 2  # centred
    rows = {letter: np.flatnonzero(image.max(axis=1)) for letter, image in images.items()}
    assert rows["x"][-1] == rows["X"][-1] == rows["H"][-1]  # the base line
    assert rows["p"][-1] > rows["x"][-1] + 3
    assert rows["x"][0] > rows["X"][0] + 3  # small x is smaller
    assert rows["l"][0] - 2 <= rows["H"][0]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"lacking": "q"}, "it lacks 'q'"),
        ({"empty": "Q"}, "it lacks 'Q'"),
        ({"lacking": "".join(CLASS_NAMES)}, "it lacks 'A'"),
        ({"tall": 400}, "its small letters are capitals, or none"),
    ],
)
def test_fonts_that_are_unfit(options: dict[str, object], reason: str, tmp_path: Path) -> None:
    path = make_font(tmp_path / "font.ttf", "Some Face", **options)
    with pytest.raises(UnfitError, match=reason):
        draw_face(open_face(path))


@pytest.mark.parametrize(
    ("family", "fit"),
    [
        ("Standard Symbols", False),
        ("Zapf Dingbats", False),
        ("Roman Math", False),
        ("Go Smallcaps", False),
        ("Semicondensed", True),
        ("Mathilda", True),
    ],
)
def test_names_that_say_no_text(family: str, fit: bool, tmp_path: Path) -> None:
    face = open_face(make_font(tmp_path / "font.ttf", family))
    if fit:
        assert draw_face(face).shape == (62, 32, 32)
    else:
        with pytest.raises(UnfitError, match="no text face"):
            draw_face(face)


def test_the_set_says_what_became_of_every_file(folder: Path) -> None:
    (folder / "broken.otf").write_bytes(b"no font")
    train = names_for(False, 1)[0]
    shutil.copy(folder / f"{train}.ttf", folder / "twice.ttf")
    make_font(folder / "twin.ttf", f"{train} Twin", tall=600)
    (folder / "readme.txt").write_text("fonts")
    found = glyph_set(fonts.font_files(folder), 8)
    reasons = dict(found.left_out)
    assert set(reasons) == {"broken.otf", "twice.ttf", "twin.ttf"} or set(reasons) == {
        "broken.otf",
        "twice.ttf",
        f"{train}.ttf",
    }
    assert "it cannot be opened" in reasons["broken.otf"]
    assert "another file is" in reasons["twice.ttf"]
    assert any(reason.startswith("drawn as") for reason in reasons.values())
    assert (len(found.train_faces), len(found.test_faces)) == (3, 2)


def test_one_typeface_gives_few_faces_all_on_one_side(folder: Path) -> None:
    family = names_for(True, 1)[0]
    for i in range(6):
        make_font(folder / f"more{i}.ttf", f"{family} Cut{i}", tall=500 + 7 * i)
    found = glyph_set(fonts.font_files(folder), 4)
    assert sum(name.startswith(family) for name in found.test_faces) == 4
    assert not any(name.startswith(family) for name in found.train_faces)
    assert sum("faces of" in reason for _, reason in found.left_out) == 3


def test_same_fonts_same_bytes_from_cache_or_anew(folder: Path) -> None:
    files = fonts.font_files(folder)
    first = glyph_set(files, 8)
    kept = list(cache_folder().iterdir())
    assert len(kept) == 1
    before = kept[0].read_bytes()
    again = glyph_set(files, 8)  # read back
    assert first.digest == again.digest
    assert (first.train_faces, first.left_out) == (again.train_faces, again.left_out)
    kept[0].write_bytes(b"damaged")
    assert glyph_set(files, 8).digest == first.digest
    assert kept[0].read_bytes() == before
    assert draw_set(list(reversed(files)), 8).digest == first.digest
    make_font(files[0], open_face(files[0]).family, tall=690)
    assert glyph_set(files, 8).digest != first.digest
    assert len(list(cache_folder().iterdir())) == 2


def test_where_nothing_can_be_kept_it_is_drawn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = folder.parent / "blocked"
    blocked.write_text("a file where a folder has to be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert len(glyph_set(fonts.font_files(folder), 8).train_faces) == 3


def test_data_set(folder: Path) -> None:
    data = load_dataset("glyph62", folder)
    assert isinstance(data, Dataset)
    assert data.class_names == CLASS_NAMES
    assert len(CLASS_NAMES) == len(set(CLASS_NAMES)) == 62
    assert data.train_images.shape == (3 * 62, 1, 32, 32)
    assert data.test_labels.tolist() == list(range(62)) * 2
    assert "real fonts, rendered by us" in data.description
    assert not data.mirrors
    assert "5 fonts" in data.name


def test_what_is_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    with pytest.raises(InputError, match="expected a folder of fonts, got no such folder"):
        load_dataset("glyph62", tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"empty: expected fonts \(\.otf, \.ttf\), got none"):
        load_dataset("glyph62", tmp_path / "empty")
    one_side = make_font(tmp_path / "side" / "a.ttf", names_for(False, 1)[0])
    with pytest.raises(InputError, match="expected test fonts with all 62 glyphs, got none of 1 files"):
        load_dataset("glyph62", one_side.parent)
    dpkg = tmp_path / "dpkg"
    dpkg.mkdir()
    monkeypatch.setattr(fonts, "DPKG", dpkg)
    with pytest.raises(InputError, match="`crisp-prune data glyph62` prints the command that installs them"):
        load_dataset("glyph62")
    with pytest.raises(InputError, match="installed: expected fonts"):
        load_dataset("glyph62", "installed")
    listed = sorted(folder.glob("*.ttf"))
    (dpkg / "fonts-lato.list").write_text("/.\n" + "\n".join(map(str, [*listed, folder / "gone.ttf"])) + "\n")
    assert fonts.font_files("installed") == listed
    assert "fonts-lato" not in fonts.absent_packages()


def test_the_command_prints_what_is_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    monkeypatch.setattr(fonts, "DPKG", tmp_path)
    with pytest.raises(typer.Exit) as stop:
        data_command("glyph62")
    assert stop.value.exit_code == 1
    text = capsys.readouterr().out
    assert f"{len(fonts.PACKAGES)} of {len(fonts.PACKAGES)} packages are absent" in text
    assert "apt-get install -y --no-install-recommends fonts-adf-accanthis " in text
    with pytest.raises(typer.Exit):
        data_command("glyph62", as_json=True)
    assert json.loads(capsys.readouterr().out)["absent"] == list(fonts.PACKAGES)
    data_command("glyph62", str(folder), left_out=True)
    assert "classes: 62" in capsys.readouterr().out


def test_kin_are_on_one_side() -> None:
    assert (
        len({fonts.design_of(name) for name in ("FreeSans", "Nimbus Sans Narrow", "TeX Gyre Heros Cn")}) == 1
    )
    assert fonts.design_of("Roboto Slab") == fonts.design_of("Roboto") == "roboto"
    assert fonts.design_of("Oxygen-Sans") == fonts.design_of("Oxygen Mono")
    assert fonts.design_of("Liberation Serif") != fonts.design_of("Liberation Sans")


@given(family=st.text(min_size=1), cut=st.sampled_from(["Bold", "Mono", "Condensed Light"]))
def test_a_cut_is_of_its_family(family: str, cut: str) -> None:
    design = fonts.design_of(family)
    assert fonts.is_for_test(design) == fonts.is_for_test(fonts.design_of(family))
    if design and design not in fonts._KIN.values() and family.strip(" -_") == family:
        known = any(f"{family} {cut}".lower().startswith(start) for start in fonts._KIN)
        assert known or fonts.design_of(f"{family} {cut}") == design


def test_about_a_fifth_is_for_the_test() -> None:
    share = sum(fonts.is_for_test(f"typeface {i}") for i in range(4000)) / 4000
    assert share == pytest.approx(0.2, abs=0.02)


@pytest.mark.skipif(
    bool(fonts.absent_packages()),
    reason="Glyph-62 needs Debian's fonts: crisp-prune data glyph62 names the packages",
)
@pytest.mark.slow
def test_the_whole_set() -> None:
    data = load_dataset("glyph62")
    assert len(data.train_labels) > 18_000
    assert len(data.test_labels) > 3_000
    assert float(data.train_images.mean()) == pytest.approx(0, abs=0.02)
    assert float(data.train_images.std()) == pytest.approx(1, abs=0.02)
    seen = {image.numpy().tobytes() for image in data.train_images}
    assert not any(image.numpy().tobytes() in seen for image in data.test_images)
