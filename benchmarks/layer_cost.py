"""CPU time of a layer against the tiles that it is cut into: it grows no faster than they do.

``python -m benchmarks.layer_cost [PICTURE]`` prints the table and draws the picture.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NamedTuple

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import typer

from accel_sim import load_machine
from accel_sim.engine import Engine, LayerEngine
from accel_sim.search.choose import choose_mapping
from benchmarks.bounds import bounds
from benchmarks.timing import cpu_seconds
from workloads import Layer, MaskedLayer
from workloads.console.script import Quick, run_script
from workloads.patterns import parse_pattern

MACHINE, PATTERN, REPEATS = "crisp_stc", "crisp(2:4, block=32, density=0.1)", 7
LAST = {"n_dim": 9, "m_dim": 6, "k_dim": 4}  # powers of four: SMEM holds no larger k
DIRECTIONS = tuple(LAST)
MOST_SLOPE = 1


class Point(NamedTuple):
    """One layer: the direction in which it grew, its tiles (passes x output tiles), CPU time."""

    direction: str
    tiles: int
    cpu_us: float


def measure(direction: str, factor: int) -> Point:
    """A GEMM of 64 x 512 x 128, grown in one direction by ``factor``."""
    sizes = {"m_dim": 64, "k_dim": 512, "n_dim": 128}
    sizes[direction] *= factor
    layer = Layer.gemm("g", *sizes.values())
    score = np.random.default_rng(0).random((layer.m_dim, layer.k_dim), dtype=np.float32)
    masked = MaskedLayer(layer, parse_pattern(PATTERN).keep_mask(score))
    machine = load_machine(MACHINE)
    chosen = choose_mapping(Engine.of(machine).layer(masked))
    engine = Engine.of(machine.with_mapping({"g": str(chosen.choice)}))

    def run() -> LayerEngine:
        ready = engine.layer(masked)
        ready.run(choose_mapping(ready))
        return ready

    tiles = len(run().schedule.weights) * -(-layer.n_dim // chosen.columns)
    return Point(direction, tiles, 1e6 * cpu_seconds(run, REPEATS)[0])


def slopes(points: list[Point]) -> dict[str, float]:
    """How cost grows from the smallest to the largest, as a power of the growth of tiles, by direction."""
    found = {}
    for direction in DIRECTIONS:
        of = [p for p in points if p.direction == direction]
        ends = of[-1], of[0]
        found[direction] = float(
            np.log(ends[0].cpu_us / ends[1].cpu_us) / np.log(ends[0].tiles / ends[1].tiles)
        )
    return found


def draw(points: list[Point], path: Path) -> None:
    """Cost against tiles on logarithmic axes, with a line of slope one."""
    figure, axes = plt.subplots(figsize=(6.4, 4.2), constrained_layout=True)
    for direction in DIRECTIONS:
        of = [p for p in points if p.direction == direction]
        axes.loglog([p.tiles for p in of], [p.cpu_us for p in of], "o-", label=f"{direction} grows")
    last = max(points, key=lambda p: p.tiles)
    ends = np.array([min(p.tiles for p in points), last.tiles])
    axes.loglog(ends, last.cpu_us * ends / last.tiles, "k:", label="as the tiles")
    axes.set(xlabel="tiles of the array (passes x output tiles)", ylabel="CPU time of the layer (us)")
    axes.legend(frameon=False)
    figure.savefig(path, dpi=110)


def main(
    picture: Annotated[Path | None, typer.Argument(help="Draw it here too.")] = None, quick: Quick = False
) -> None:
    """Print the table and the powers; draw the picture. The quick form takes two sizes of each direction."""
    points = [measure(d, 4**i) for d in DIRECTIONS for i in range(2 if quick else LAST[d])]
    print("direction      tiles   CPU us   ns a tile")
    for p in points:
        print(f"{p.direction:9} {p.tiles:10,} {p.cpu_us:8.0f} {1e3 * p.cpu_us / p.tiles:11.1f}")
    if picture is not None:
        draw(points, picture)
        print(picture)
    with bounds(quick) as bound:
        for direction, slope in slopes(points).items():
            bound.at_most(f"with {direction} cost grows as tiles to the power of", slope, MOST_SLOPE)


if __name__ == "__main__":
    run_script(main)
