"""When things began and ended, by name: what both engines write down."""

# ("load" | "step", index of the step) or ("write-back" | "store", index of the output tile) -> the cycles in
# which it began and had ended; a load with its latency.
Spans = dict[tuple[str, int], tuple[int, int]]
