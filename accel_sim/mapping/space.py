"""Every mapping that the search may choose (rule 16a)."""

from __future__ import annotations

from collections.abc import Iterator

from accel_sim.mapping.choice import Choice, IfmapStays, WeightsStay
from accel_sim.mapping.tiles import Mapping, Tiling


def mappings(tiling: Tiling) -> Iterator[Mapping]:
    """All that fit, from small tiles to large ones, tiles narrower than the array only if none else does."""
    n_dim, columns = tiling.layer.n_dim, tiling.schedule.columns
    found = False
    for tile_n in _doubled(columns, n_dim):
        for mapping in _with_tile(tiling, tile_n):
            found = True
            yield mapping
    tile_n = min(columns, n_dim) // 2
    while tile_n >= 1 and not found:
        for mapping in _with_tile(tiling, tile_n):
            found = True
            yield mapping
        tile_n //= 2


def _with_tile(tiling: Tiling, tile_n: int) -> Iterator[Mapping]:
    choices: list[Choice] = [IfmapStays(tile_n)]
    if tiling.layer.groups == 1:  # an m tile of groups needs their own channels alone
        sizes = _doubled(tiling.schedule.tile_rows, tiling.layer.m_dim)
        choices += [WeightsStay(tile_m, tile_n) for tile_m in sizes]
    for choice in choices:
        mapping = tiling.mapping(choice)
        if mapping is not None:
            yield mapping


def _doubled(size: int, whole: int) -> Iterator[int]:
    while size < whole:
        yield size
        size *= 2
    yield whole
