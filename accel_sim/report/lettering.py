"""Text in pictures, drawn as it was written, and plain numbers at the ticks of a logarithmic axis."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from matplotlib import rc_context
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, Locator, LogLocator, MaxNLocator, NullLocator

Arguments = ParamSpec("Arguments")
Made = TypeVar("Made")


def as_written(draw: Callable[Arguments, Made]) -> Callable[Arguments, Made]:
    """A function that makes text in a picture, or draws it.

    A dollar sign in a name begins no formula, and a letter that the font lacks is a box without a warning.
    """

    @wraps(draw)
    def drawn(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Made:
        with rc_context({"text.parse_math": False}), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing from")
            return draw(*args, **kwargs)

    return drawn


def plain_number(value: float) -> str:
    """A tick's number as it is said, 0.5, 20, 65,536; from ten million on as 1e+07."""
    return f"{value:,.0f}" if 1000 <= value < 1e7 else f"{value:g}"


def log_axis(axis: Axis, base: int = 10) -> None:
    """Make an axis, whose data are drawn and positive, logarithmic, with plain numbers at a few ticks."""
    across = axis is axis.axes.xaxis
    (axis.axes.set_xscale if across else axis.axes.set_yscale)("log", base=base)
    low, high = axis.get_data_interval()
    decades = math.log10(high / low)
    locator: Locator = LogLocator(base)
    if base == 10 and decades < 3:
        # Within a decade there are too few powers and their halves to read a value from.
        locator = MaxNLocator(6) if decades < 1 else LogLocator(base, subs=(1.0, 2.0, 5.0))
    axis.set_major_locator(locator)
    axis.set_major_formatter(FuncFormatter(lambda value, _: plain_number(value)))
    axis.set_minor_locator(NullLocator())
