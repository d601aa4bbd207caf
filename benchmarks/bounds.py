"""Figures beside their bounds: a benchmark beyond one of them says so, and ends with a failure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

WIDTH = 46  # of the words before a figure


class Bounds:
    """Prints figures and remembers which of them lie beyond their bounds.

    Args:
        quick: bounds of time and memory are stated for the whole form of a benchmark. Its quick form has
            other sizes: there they are printed and not judged.
    """

    def __init__(self, quick: bool = False) -> None:
        self.quick = quick
        self.broken: list[str] = []

    def at_most(self, what: str, found: float, most: float, unit: str = "", exact: bool = False) -> None:
        """Print a figure that has to be ``most`` or less (NaN is not).

        Args:
            exact: the figure is a count or a ratio of counts, which is as right in the quick form.
        """
        over = not found <= most and (exact or not self.quick)
        digits = 0 if abs(found) >= 1000 or float(found).is_integer() else 3
        figure = f"{what:<{WIDTH}}{found:12,.{digits}f} {unit}".rstrip()
        print(f"  {figure}  (at most {most:,g}){'   OVER' if over else ''}")
        if over:
            self.broken.append(f"{what.strip()}: expected at most {most:,g}, got {found:.4g} {unit}".rstrip())

    def settle(self) -> None:
        """End the program with a failure that names every bound that was broken, if one was."""
        if self.broken:
            raise SystemExit("beyond its bound: " + "; ".join(self.broken))


@contextmanager
def bounds(quick: bool = False) -> Iterator[Bounds]:
    """Bounds that are settled at the end, once everything has been printed."""
    kept = Bounds(quick)
    yield kept
    kept.settle()
