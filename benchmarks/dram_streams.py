"""Bandwidth and latency of the banked DRAM on address streams, ours beside DRAMsim3's.

``python -m benchmarks.dram_streams``. DRAMsim3's figures: ``tests/validation/data``, whose first line
names the source. One request a clock is offered (eight to HBM2, for which there is nothing to compare
with); time ends when the last is done, or with DRAMsim3 when the last write is *accepted*.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from accel_sim.dram import Device, dram_stream, load_device
from accel_sim.dram.numbers import device_numbers
from accel_sim.kernels.dram.serve import serve
from accel_sim.kernels.dram.state import new_state
from benchmarks.bounds import bounds
from benchmarks.timing import cpu_seconds
from workloads.console.script import Quick, run_script

MEASURED = Path(__file__).parents[1] / "tests/validation/data/dramsim3_bandwidth.csv"
DEVICES = {"DDR4_8Gb_x8_2400": "ddr4_2400", "LPDDR4_8Gb_x16_2400": "lpddr4_2400"}
REQUESTS, REGION, FAR, PIECE, TILE = 20_000, 2**30, 2**29, 4096, 16384
IDLE_READS, IDLE_CLOCKS, IDLE_STRIDE = 50, 2000, 2**20
REPEATS = 5
MOST_GAP, MOST_IDLE_GAP = 0.4, 2  # percent

Stream = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]


def sequential(size: int, writes: bool) -> Stream:
    """One burst after another."""
    return np.arange(REQUESTS) * size, np.full(REQUESTS, writes)


def random_read(size: int) -> Stream:
    """Bursts of a gigabyte by a linear congruential generator."""
    bursts, x = [], 12345
    for _ in range(REQUESTS):
        x = (6364136223846793005 * x + 1442695040888963407) % 2**64
        bursts.append((x >> 20) % (REGION // size))
    return np.array(bursts) * size, np.zeros(REQUESTS, bool)


def stride_64k_read(_: int) -> Stream:
    """Every 64th KB of a gigabyte."""
    return np.arange(REQUESTS) * 65536 % REGION, np.zeros(REQUESTS, bool)


def two_streams_read(size: int) -> Stream:
    """Pieces of two regions in turn."""
    byte = np.arange(REQUESTS) * size
    piece = byte // PIECE
    return piece % 2 * FAR + piece // 2 * PIECE + byte % PIECE, np.zeros(REQUESTS, bool)


def tile_read_write(size: int) -> Stream:
    """A tile read from one region, a piece written to the other, and again."""
    turn, byte = np.divmod(np.arange(REQUESTS) * size, TILE + PIECE)
    writes = byte >= TILE
    return np.where(writes, FAR + turn * PIECE + byte - TILE, turn * TILE + byte), writes


STREAMS: dict[str, Callable[[int], Stream]] = {
    "sequential_read": lambda size: sequential(size, False),
    "sequential_write": lambda size: sequential(size, True),
    "random_read": random_read,
    "stride_64k_read": stride_64k_read,
    "two_streams_read": two_streams_read,
    "tile_read_write": tile_read_write,
}


def idle_latencies(device: Device) -> list[int]:
    """Clocks that single reads take, each 2,000 clocks after the one before was done, 1 MB apart."""
    numbers = device_numbers(device)
    state, clock, found = new_state(numbers), 0, []
    for i in range(IDLE_READS):
        clock += IDLE_CLOCKS
        burst = np.array([i * IDLE_STRIDE // device.request_bytes])
        _, end = serve(numbers, state, burst, False, clock, np.empty(1, np.int64))
        found.append(int(end) - clock)
        clock = int(end) + 1  # the clock in which DRAMsim3 tells that it is done
    return found


def table(repeats: int = 1) -> pd.DataFrame:
    """One row a row of DRAMsim3's: bytes a clock (for ``idle_latency`` clocks), ours and its, and the gap."""
    rows = []
    for row in pd.read_csv(MEASURED, comment="#").to_dict("records"):
        device, pattern = load_device(DEVICES[row["config"]]), row["pattern"]
        if pattern == "idle_latency":
            ours, theirs, ns = float(np.mean(idle_latencies(device))), row["mean_latency_cycles"], np.nan
        else:
            stream = STREAMS[pattern](device.request_bytes)
            ours, theirs = dram_stream(device, *stream).bytes_per_cycle, row["bytes_per_cycle"]
            ns = nanoseconds(device, stream, repeats)
        gap = 100 * (ours / theirs - 1)
        rows.append((device.name, pattern, ours, theirs, gap, ns))
    return pd.DataFrame(
        rows, columns=["device", "pattern", "ours", "dramsim3", "gap_percent", "ns_per_request"]
    )


def nanoseconds(device: Device, stream: Stream, repeats: int) -> float:
    """CPU time of a request: the best of a few runs, after one that pays for compilation."""
    return 1e9 * cpu_seconds(partial(dram_stream, device, *stream), repeats)[0] / len(stream[0])


def main(quick: Quick = False) -> None:
    """Print the table, and HBM2 on the same streams; the quick form times each stream once."""
    repeats = 1 if quick else REPEATS
    found = table(repeats)
    print(found.to_string(index=False, float_format=lambda value: f"{value:.2f}"))
    device = load_device("hbm2")
    print(f"{device.name}, peak {float(device.peak_bytes_per_clock):g} bytes a clock:")
    for name, make in STREAMS.items():
        stream = make(device.request_bytes)
        rate, ns = dram_stream(device, *stream).bytes_per_cycle, nanoseconds(device, stream, repeats)
        print(f"  {name:18} {rate:7.2f} bytes a clock {ns:7.0f} ns a request")
    idle = found["pattern"] == "idle_latency"
    with bounds() as bound:
        for what, rows, most in (
            ("bandwidth", found[~idle], MOST_GAP),
            ("idle latency", found[idle], MOST_IDLE_GAP),
        ):
            gap = rows["gap_percent"].abs().max()
            bound.at_most(f"gap of {what}, {len(rows)} rows", gap, most, "%", exact=True)


if __name__ == "__main__":
    run_script(main)
