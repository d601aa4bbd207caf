"""The tiles of a mapping that a user spelled out for a layer, or the error of those that do not fit SMEM."""

from __future__ import annotations

from accel_sim.mapping.choice import Choice, IfmapStays, WeightsStay
from accel_sim.mapping.tiling import LayerMapping, Tiling
from workloads.inputs import InputError

SMALLEST = IfmapStays(tile_n=1)


def given_mapping(choice: Choice, tiling: Tiling) -> LayerMapping:
    """The tiles of a choice that a user spelled out.

    Raises:
        InputError: sizes that do not cover the layer in whole tiles, or that do not fit the SMEM.
    """
    layer, schedule = tiling.layer, tiling.schedule
    here = f"{layer.name}: mapping"
    sizes = [("tile_n", choice.tile_n, schedule.columns, layer.n_dim)]
    if isinstance(choice, IfmapStays) and choice.chunks is not None and choice.chunks > tiling.most_passes:
        raise InputError(
            f"{here}: chunks: expected at most the {tiling.most_passes} passes of an m tile,"
            f" got {choice.chunks}"
        )
    if isinstance(choice, WeightsStay):
        if layer.groups > 1:
            raise InputError(
                f"{here}: expected ifmap_stays for a layer of {layer.groups} groups, got {choice}"
            )
        least = min(schedule.tile_m, layer.m_dim)
        if choice.tile_m < least:
            raise InputError(f"{here}: tile_m: expected at least {least}, got {choice.tile_m}")
        sizes.append(("tile_m", choice.tile_m, schedule.tile_m, layer.m_dim))
    for name, size, unit, whole in sizes:
        if size > whole or (size > unit and size % unit and size != whole):
            raise InputError(
                f"{here}: {name}: expected a multiple of {unit}, or {whole} to cover the layer, got {size}"
            )
    mapping = tiling.mapping(choice)
    if mapping is None:
        raise does_not_fit(choice, tiling)
    return mapping


def does_not_fit(choice: Choice, tiling: Tiling) -> InputError:
    """The error of tiles that SMEM does not hold, with their sizes."""
    outputs = tiling.output_bytes(min(choice.tile_n, tiling.schedule.columns))
    return InputError(
        f"{tiling.layer.name}: mapping: expected tiles that fit smem.capacity_bytes={tiling.capacity_bytes},"
        f" got at least {tiling.ifmap_bytes(choice)} of activations + {tiling.weight_bytes(choice)} of"
        f" weights + {outputs} of outputs with {choice}"
    )
