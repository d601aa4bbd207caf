"""Which tile stays, as a mapping spells it: ``ifmap_stays(..)`` or ``weights_stay(..)``, to text and back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from workloads.inputs import InputError, did_you_mean
from workloads.inputs.parts import build_from_spec, parse_spec


@dataclass(frozen=True)
class IfmapStays:
    """An ifmap tile of ``tile_n`` output pixels stays while all weights pass by (rule 15).

    The weights of the heaviest m tile pass by in ``chunks``; none: in the fewest that fit.
    """

    name: ClassVar[str] = "ifmap_stays"
    tile_n: int
    chunks: int | None = None

    def __str__(self) -> str:
        chunks = "" if self.chunks is None else f", chunks={self.chunks}"
        return f"{self.name}(tile_n={self.tile_n}{chunks})"


@dataclass(frozen=True)
class WeightsStay:
    """The weights of ``tile_m`` output channels stay while the ifmap passes by, tile by tile."""

    name: ClassVar[str] = "weights_stay"
    tile_m: int
    tile_n: int

    def __str__(self) -> str:
        return f"{self.name}(tile_m={self.tile_m}, tile_n={self.tile_n})"


Choice = IfmapStays | WeightsStay
_ORDERS: dict[str, type[Choice]] = {order.name: order for order in (IfmapStays, WeightsStay)}


@cache
def parse_choice(text: str) -> Choice:
    """The mapping that ``ifmap_stays(tile_n=..)`` or ``weights_stay(tile_m=.., tile_n=..)`` spells.

    The first may say ``chunks=..`` too.

    Raises:
        InputError: another order, another argument, or a size below 1.
    """
    name, arguments = parse_spec(text, "mapping")
    if name not in _ORDERS:
        raise InputError(f"mapping: expected a known order, got {name!r}{did_you_mean(name, _ORDERS)}")
    choice: Choice = build_from_spec(_ORDERS[name], arguments, text, "mapping")
    for size, value in vars(choice).items():
        if value is not None and value < 1:
            raise InputError(f"mapping: {size}: expected at least 1, got {value}")
    return choice
