"""Rules 20 to 29a for machines of simple DRAM, restated in Python's whole numbers, which no product leaves.

The plan of the steps and the tables of the passes are the engine's; time is not.
"""

from accel_sim import counters as c
from accel_sim.engine import LayerEngine
from accel_sim.mapping import LayerMapping

TIMES = ("cycles", *c.STALLS)


def up(a: int, b: int) -> int:
    """a / b, rounded up."""
    return -(-a // b)


def working(work: int, stream: int, port: int) -> int:
    """D of rule 8."""
    return max(work, up(stream, port))


def taken(work: int, stream: int, preload: int, ramp: int, port: int) -> int:
    """Cycles of a pass whose follower in the step has that preload (rule 8)."""
    return max(working(work, stream, port) + ramp, up(stream + preload, port))


def weights_there(
    start: int, work: int, stream: int, ramp: int, preload: int, arrival: int, port: int
) -> int:
    """Rule 24: when a preload that is in SMEM at ``arrival`` is beside the multipliers."""
    cycles = working(work, stream, port)
    end = start + cycles + ramp
    if preload == 0 or arrival >= end:
        return max(end, arrival) + up(preload, port)
    before = max(0, arrival - start)  # cycles of the pass that are over when it arrives
    asked = stream if before >= cycles else before * stream // cycles
    left = (cycles + ramp - before) * port - (stream - asked)
    return end + up(max(0, preload - left), port)


def play(layer: LayerEngine, mapping: LayerMapping) -> dict[str, int]:
    """Cycles and stalls (but for imbalance) of a layer, by counter name."""
    machine, steps, stream = layer.engine.machine, layer.plan(mapping), layer.stream(mapping.columns)
    port, write_rate = (bits * machine.smem.bandwidth_bytes_per_cycle for bits in (8, 1))
    rate = min(machine.dram.bandwidth_bytes_per_cycle, machine.smem.bandwidth_bytes_per_cycle)
    burst, latency = machine.dram.burst_bytes, machine.dram.latency_cycles
    hidden, word = machine.fill_drain == "hidden", machine.word_bytes
    variant, ramps = stream.variant.tolist(), layer.schedule.ramps.tolist()
    slots, work, bits, first = (
        t.tolist() for t in (stream.slots, stream.work, stream.bits, stream.preload_bits)
    )
    bursts = (steps["weights_bursts"] + steps["ifmap_bursts"]).tolist()
    steps = [dict(zip(steps.dtype.names, row, strict=True)) for row in steps.tolist()]
    out = dict.fromkeys(TIMES, 0)
    ended: list[int] = []  # by step
    written: list[int] = []  # by output tile, as are the next two
    stored: list[int] = []
    closed: list[tuple[int, int]] = []  # the step that closed it, its bytes
    free = arrival = 0  # of the path to DRAM; of the latest load
    last: tuple[int, int, int, int] | None = None  # start, work, stream and ramp of the last pass that ran
    for s in range(len(steps) + 2):
        before_last = ended[s - 2] if s >= 2 else 0
        if s < len(steps) and bursts[s] and not (hidden and s == 0):  # rule 20
            free = max(free, before_last) + up(bursts[s] * burst, rate)
            arrival = free + latency
        else:
            arrival = max(arrival, before_last)
        tile = len(stored)
        if tile < len(closed) and closed[tile][0] == s - 2:  # rule 21
            free = max(free, written[tile]) + up(up(closed[tile][1], burst) * burst, rate)
            stored.append(free)
        if s >= len(steps):
            continue
        step, before = steps[s], ended[-1] if ended else 0
        p, stop, v = step["first_pass"], step["last_pass"], variant[step["n_place"]]
        preloads = first[v if len(first) > 1 else 0]
        preload = preloads[p] if stop > p else 0
        if last is not None:
            there = weights_there(*last, preload, arrival, port)
        else:
            there = 0 if hidden and s == 0 else arrival + up(preload, port)
        sets, opened = machine.rf.buffers, len(closed)
        accumulators = written[opened - sets] if step["opens"] and opened >= sets else 0  # rule 25
        start = max(before, there, accumulators)
        waits = (arrival, "stall_dram_cycles"), (accumulators, "stall_writeback_cycles")
        now = start if s == 0 else before
        out["stall_fill_drain_cycles"] += start if s == 0 else 0
        for until, cause in waits:  # rule 29
            out[cause] += max(0, until - now) if s else 0
            now = max(now, until) if s else now
        hideable = last is not None and arrival < before
        out["stall_smem_bandwidth_cycles" if hideable else "stall_fill_drain_cycles"] += start - now
        end = start
        for i in range(p, stop):
            following = preloads[i + 1] if i + 1 < stop else 0
            last = (end, work[v][i], bits[v][i], ramps[i])
            ideal = taken(slots[v][i], bits[v][i], following, ramps[i], port)
            real = taken(work[v][i], bits[v][i], following, ramps[i], port)
            out["stall_fill_drain_cycles"] += ramps[i]
            out["stall_smem_bandwidth_cycles"] += ideal - slots[v][i] - ramps[i]
            out["stall_bank_conflict_cycles"] += real - ideal
            end += real
        if stop == p:
            last = None
        ended.append(end)
        if step["closes"]:  # rules 26 to 28
            size, number = step["out_channels"] * step["columns"] * word, len(closed)
            begin = max(end + layer.schedule.pipeline_cycles, written[-1] if written else 0)
            begin = max(begin, stored[number - 2] if number >= 2 else 0)
            written.append(begin + up(size, write_rate))
            closed.append((s, size))
    out["cycles"] = ended[-1] if hidden else max(stored)
    out["stall_fill_drain_cycles"] += out["cycles"] - ended[-1]
    return out
