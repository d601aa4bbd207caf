"""All mappings that fit, from small tiles to large ones, among which the search may choose (rule 16a)."""

from __future__ import annotations

from collections.abc import Iterator

from accel_sim.mapping.choice import Choice, IfmapStays, WeightsStay
from accel_sim.mapping.tiling import LayerMapping, Tiling

CHUNK_STEP = 4  # 1, 4, 16, ... chunks: cycles change little in between, and each has to be tried


def mappings(tiling: Tiling) -> Iterator[LayerMapping]:
    """All mappings that fit, from small tiles to large ones; narrower than the array only if none else does.

    No size depends on the SMEM: what fits a small one is there for a larger one too.
    """
    n_dim, columns = tiling.layer.n_dim, tiling.schedule.columns
    found = False
    for tile_n in _grown(columns, n_dim):
        for mapping in _with_tile(tiling, tile_n):
            found = True
            yield mapping
    narrow = 0 if found else min(columns, n_dim) // 2
    while narrow >= 1:
        yield from _with_tile(tiling, narrow)
        narrow //= 2


def _with_tile(tiling: Tiling, tile_n: int) -> Iterator[LayerMapping]:
    counts = _grown(1, tiling.most_passes, CHUNK_STEP)
    choices: list[Choice] = [IfmapStays(tile_n, chunks) for chunks in counts]
    if tiling.layer.groups == 1:  # an m tile of groups needs their own channels alone
        sizes = _grown(tiling.schedule.tile_m, tiling.layer.m_dim)
        choices += [WeightsStay(tile_m, tile_n) for tile_m in sizes]
    for choice in choices:
        mapping = tiling.mapping(choice)
        if mapping is not None:
            yield mapping


def _grown(size: int, whole: int, factor: int = 2) -> Iterator[int]:
    while size < whole:
        yield size
        size *= factor
    yield whole
