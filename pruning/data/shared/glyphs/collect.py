"""Glyph-62 rendered: faces chosen, drawn, split by typeface, and kept in the user's cache folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL
from PIL import features
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from pruning.data.shared.glyphs.fonts import design_of, is_for_test
from pruning.data.shared.glyphs.render import CLASS_NAMES, Face, UnfitError, draw_face, open_face
from workloads.inputs import InputError, replace_atomically

_KEY = "crisp_accel_sim.glyph62"


@dataclass(frozen=True)
class GlyphSet:
    """All faces' images, and what became of every font file."""

    key: str  # hash of fonts, renderer and its libraries
    train: np.ndarray  # uint8 [faces, 62, 32, 32]
    test: np.ndarray
    train_faces: tuple[str, ...]  # family and style
    test_faces: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]  # file name and reason

    @property
    def digest(self) -> str:
        """A hash of the images: sets of one digest are the same set."""
        return hashlib.sha256(self.train.tobytes() + self.test.tobytes()).hexdigest()[:12]


def glyph_set(files: Sequence[Path], most: int) -> GlyphSet:
    """The set drawn in the fonts ``files``, from the cache if it has been drawn before.

    Args:
        most: faces of one typeface that are taken; which ones, a hash of their names says.

    Raises:
        InputError: no font is fit, or all lie on one side of the split.
    """
    key = _key_of(files, most)
    path = cache_folder() / f"{key}.safetensors"
    found = _read(path, key)
    if found is None:
        found = draw_set(files, most, key)
        try:
            _write(path, found)
        except InputError:
            return found  # no place to keep it: drawn anew each time
    return found


def cache_folder() -> Path:
    """Where rendered sets of glyphs are kept: the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "crisp-accel-sim" / "glyph62"


def draw_set(files: Sequence[Path], most: int, key: str = "") -> GlyphSet:
    """The set drawn in the fonts ``files``, as :func:`glyph_set`, without the cache."""
    left_out: list[tuple[str, str]] = []
    drawn: dict[bytes, str] = {}
    parts: dict[bool, list[tuple[str, np.ndarray]]] = {False: [], True: []}
    for design, faces in sorted(_by_design(files, left_out).items()):
        taken = 0
        for face in faces:
            name = f"{face.family} {face.style}".strip()
            if taken == most:
                left_out.append((face.path.name, f"{most} faces of {design} are enough"))
                continue
            try:
                images = draw_face(face)
            except UnfitError as error:
                left_out.append((face.path.name, str(error)))
                continue
            twin = drawn.setdefault(images.tobytes(), name)
            if twin != name:
                left_out.append((face.path.name, f"drawn as {twin}"))
                continue
            taken += 1
            parts[is_for_test(design)].append((name, images))
    for side, what in ((False, "training"), (True, "test")):
        if not parts[side]:
            raise InputError(
                f"glyph62: expected {what} fonts with all 62 glyphs, got none of {len(files)} files"
            )
    return GlyphSet(
        key,
        np.stack([images for _, images in parts[False]]),
        np.stack([images for _, images in parts[True]]),
        tuple(name for name, _ in parts[False]),
        tuple(name for name, _ in parts[True]),
        tuple(sorted(left_out)),
    )


def _by_design(files: Sequence[Path], left_out: list[tuple[str, str]]) -> dict[str, list[Face]]:
    """Faces of each typeface, in an order that a hash of their names gives; a name is taken once."""
    faces: dict[tuple[str, str], Face] = {}
    for path in files:
        try:
            face = open_face(path)
        except UnfitError as error:
            left_out.append((path.name, str(error)))
            continue
        if faces.setdefault((face.family, face.style), face) is not face:
            left_out.append((path.name, f"another file is {face.family} {face.style} too"))
    designs: dict[str, list[Face]] = {}
    for face in sorted(faces.values(), key=_shuffled):
        designs.setdefault(design_of(face.family), []).append(face)
    return designs


def _shuffled(face: Face) -> bytes:
    return hashlib.sha256(f"{face.family}\0{face.style}".encode()).digest()


def _key_of(files: Sequence[Path], most: int) -> str:
    """A hash of all that the images depend on."""
    digest = hashlib.sha256(f"{most} {PIL.__version__} {features.version('freetype2')}".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes() + b"\0")
    for file in files:
        try:
            content = hashlib.sha256(file.read_bytes()).digest()
        except OSError as error:
            raise InputError(f"{file}: expected a font that can be read, got: {error}") from error
        digest.update(file.name.encode() + b"\0" + content)
    return digest.hexdigest()[:16]


def _write(path: Path, glyphs: GlyphSet) -> None:
    text = json.dumps([glyphs.train_faces, glyphs.test_faces, glyphs.left_out])
    arrays = {"train": glyphs.train, "test": glyphs.test}
    replace_atomically(path, lambda target: save_file(arrays, target, {_KEY: text}))


def _read(path: Path, key: str) -> GlyphSet | None:
    """The set in the cache; ``None`` if it is not there or damaged, for then it is drawn anew."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="np") as file:
            train, test = file.get_tensor("train"), file.get_tensor("test")
            train_faces, test_faces, left_out = json.loads((file.metadata() or {})[_KEY])
    except (SafetensorError, OSError, KeyError, ValueError):
        return None
    shapes = [(len(names), len(CLASS_NAMES)) for names in (train_faces, test_faces)]
    if [images.shape[:2] for images in (train, test)] != shapes:
        return None
    outs = tuple((name, reason) for name, reason in left_out)
    return GlyphSet(key, train, test, tuple(train_faces), tuple(test_faces), outs)
