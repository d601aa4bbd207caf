"""A first run compiles in two processes: kernels of mapping and time beside those of masks and passes.

Numba compiles one kernel after another. The process that runs needs those of masks first; meanwhile another
one searches and plays a made-up pass, whose kernels the first then finds in the cache.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

MACHINE = "dense_tc"  # any of simple DRAM: the kernels of a banked one are compiled where they are needed


@contextmanager
def compiling_ahead() -> Iterator[None]:
    """While the body runs for the first time on this machine, another process compiles beside it."""
    from accel_sim.kernels.jit import nothing_is_compiled

    if (os.cpu_count() or 1) < 2 or not nothing_is_compiled():
        yield
        return
    none = subprocess.DEVNULL
    command = [sys.executable, "-c", f"from {__name__} import compile_mapping_and_time as go; go()"]
    with subprocess.Popen(command, stdin=none, stdout=none, stderr=none) as beside:
        try:
            yield
        finally:
            beside.terminate()  # what it has not compiled by now was compiled here


def compile_mapping_and_time() -> None:
    """Search a mapping for a layer of one pass, and play it."""
    import numpy as np

    from accel_sim.architectures import Schedule, Stream
    from accel_sim.architectures.contract import Work
    from accel_sim.engine import Engine, LayerEngine
    from accel_sim.loading.machine import load_machine
    from accel_sim.mapping import Tiling
    from accel_sim.search.search import search_mapping
    from workloads import gemm_workload

    @dataclass(frozen=True)
    class OneStream:
        """The same stream, whatever the width of an output tile."""

        made: Stream

        def stream(self, _: int) -> Stream:
            return self.made

    one, table = np.ones(1, np.int64), np.ones((1, 1), np.int64)
    work = Work(*(1 for field in Work._fields if field not in Work._field_defaults))
    stream = Stream(
        np.zeros(2, np.int64), slots=table, work=table, bits=table, preload_bits=table, total=work
    )
    schedule = Schedule(
        mode="",
        tile_m=1,
        columns=1,
        multipliers=1,
        pipeline_cycles=0,
        first=np.arange(2),
        weights=one,
        metadata_bits=one,
        ramps=one,
        streams=OneStream(stream),
    )
    engine = Engine.of(load_machine(MACHINE))
    masked = gemm_workload(1, 1, 2).layers[0]
    layer = LayerEngine(engine, masked, schedule)
    search_mapping(layer, Tiling(masked, schedule, engine.machine))
