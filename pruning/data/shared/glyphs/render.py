"""Draw a letter as 32 x 32 grey pixels, and tell a font of letters from any other font.

A font has one scale and one base line for all its glyphs, so that c and C, s and S differ as they do on
paper; each glyph is centred from left to right.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

CLASS_NAMES = tuple(string.ascii_uppercase + string.ascii_lowercase + string.digits)
SIZE = 32  # pixels a side
_INK = 28  # of which glyphs may fill so many
_FINER = 4  # drawn so many times finer, then averaged: no hinting shows
_PROBE = 128  # pixels of the em at which a font is measured
_NO_LETTER = "\uffff"  # no character, so that every font shows its .notdef for it
_NO_TEXT = re.compile(r"\b(caps|smallcaps|dingbats|icons|initials|keyboard|math|ornaments|symbols?)\b")
_TALL, _LOW = "bdhkl", "acemnorsuvwxz"
_RISE = 1.12  # by which the tall small letters of a text face are at least taller than its low ones


@dataclass(frozen=True)
class Face:
    """A font file by the names in it."""

    path: Path
    family: str
    style: str


class UnfitError(Exception):
    """The font is left out; the text is the reason."""


def open_face(path: Path) -> Face:
    """The names in a font file.

    Raises:
        UnfitError: it is no font that scales.
    """
    family, style = _open(path, _PROBE).getname()
    return Face(path, family or path.stem, style or "")


def draw_face(face: Face) -> np.ndarray:
    """All 62 glyphs in the order of :data:`CLASS_NAMES`: uint8 [62, 32, 32], ink is 255.

    Raises:
        UnfitError: the font is none of letters, lacks one, or has capitals for small letters.
    """
    word = _NO_TEXT.search(f"{face.family} {face.style}".lower())
    if word:
        raise UnfitError(f"no text face: {word[0]!r} in its name")
    probe = _open(face.path, _PROBE)
    lacking = _shape(probe, _NO_LETTER)
    for letter in CLASS_NAMES:
        shape = _shape(probe, letter)
        if shape is None or shape == lacking:
            raise UnfitError(f"it lacks {letter!r}")
    boxes = [probe.getbbox(letter, anchor="ls") for letter in CLASS_NAMES]
    if _rise({letter: box[1] for letter, box in zip(CLASS_NAMES, boxes, strict=True)}) < _RISE:
        raise UnfitError("its small letters are capitals, or none")
    top, bottom = min(box[1] for box in boxes), max(box[3] for box in boxes)
    widest = max(image.width for image in (_ink(probe, letter) for letter in CLASS_NAMES))
    scale = _INK * _FINER / max(bottom - top, widest)
    font = _open(face.path, _PROBE * scale)
    baseline = round((SIZE * _FINER - (top + bottom) * scale) / 2)
    return np.stack([_draw(font, letter, baseline) for letter in CLASS_NAMES])


def _open(path: Path, size: float) -> ImageFont.FreeTypeFont:
    try:
        # The plain layout is in every build of Pillow and needs no shaping library.
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    except (OSError, ValueError) as error:
        raise UnfitError(f"it cannot be opened: {error}") from error


def _shape(font: ImageFont.FreeTypeFont, letter: str) -> tuple[tuple[int, int], bytes] | None:
    """What is drawn for a letter, or ``None`` for nothing."""
    try:
        mask = font.getmask(letter, mode="L")
    except OSError as error:
        raise UnfitError(f"it cannot be drawn: {error}") from error
    return (mask.size, bytes(mask)) if mask.getbbox() else None


def _ink(font: ImageFont.FreeTypeFont, letter: str, baseline: int | None = None) -> Image.Image:
    """The letter cut left and right to its ink: ``getbbox`` alone counts the room around it too.

    Args:
        baseline: row of it; the image has the height of a finished one then, before it is averaged.
    """
    left, top, right, bottom = font.getbbox(letter, anchor="ls")
    height = SIZE * _FINER if baseline is not None else int(bottom - top) + 2
    canvas = Image.new("L", (int(right - left) + 8, height))
    row = baseline if baseline is not None else 1 - top
    ImageDraw.Draw(canvas).text((4 - left, row), letter, fill=255, font=font, anchor="ls")
    box = canvas.getbbox()
    return canvas.crop((box[0], 0, box[2], height)) if box else canvas


def _draw(font: ImageFont.FreeTypeFont, letter: str, baseline: int) -> np.ndarray:
    ink = _ink(font, letter, baseline)
    canvas = Image.new("L", (SIZE * _FINER, SIZE * _FINER))
    canvas.paste(ink, ((canvas.width - ink.width) // 2, 0))
    return np.asarray(canvas.reduce(_FINER))


def _rise(tops: dict[str, float]) -> float:
    """How much taller b, d, h, k, l are than a, c, e and their like; 1 where all are capitals."""
    tall, low = (float(np.median([-tops[letter] for letter in letters])) for letters in (_TALL, _LOW))
    return tall / low if low > 0 else 0.0
