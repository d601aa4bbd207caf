"""Fonts whose glyphs are boxes, made in a moment, for the sides that a typeface's name puts them on."""

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from pruning.data.shared.glyphs import fonts
from pruning.data.shared.glyphs.render import CLASS_NAMES


def make_font(
    path: Path, family: str, *, tall: int = 700, lacking: str = "", empty: str = "", style: str = "Regular"
) -> Path:
    """A font whose glyphs are boxes, each of another width; small letters of ``tall`` units where tall."""
    letters = [letter for letter in CLASS_NAMES if letter not in lacking]
    order = [".notdef", *(f"g{ord(letter)}" for letter in letters)]
    glyphs, widths = {}, {}
    for place, name in enumerate(order):
        letter = chr(int(name[1:])) if place else ""
        height = 700 if not letter.islower() else tall if letter in "bdfhklt" else 400
        pen = TTGlyphPen(None)
        if letter not in empty or not place:
            right = 100 + 8 * place
            pen.moveTo((50, 0))
            for point in ((50, height), (right, height), (right, 0)):
                pen.lineTo(point)
            pen.closePath()
        glyphs[name], widths[name] = pen.glyph(), (150 + 8 * place, 50)
    builder = FontBuilder(1000)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({ord(letter): f"g{ord(letter)}" for letter in letters})
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(widths)
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": style})
    builder.setupOS2()
    builder.setupPost()
    path.parent.mkdir(parents=True, exist_ok=True)
    builder.save(path)
    return path


def names_for(test: bool, count: int) -> list[str]:
    """Names of typefaces of the test set, or of the training set."""
    found = (f"Face{i}" for i in range(1000) if fonts.is_for_test(f"face{i}") == test)
    return [next(found) for _ in range(count)]
