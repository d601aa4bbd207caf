"""A small example of each kind of part, as one file each: where it goes, and what stands in it."""

import yaml

from accel_sim.loading.machine import load_machine
from accel_sim.machine.shipped import config_folder

ARCHITECTURE = '''"""square_grid: as many rows as columns, in which sums stand still."""

from accel_sim.architectures import systolic
from accel_sim.machine.section import Section


class Array(Section):
    """The side of the grid."""

    side: int
    pipeline_cycles: int

    @property
    def grid(self):
        sizes = {"rows": self.side, "cols": self.side, "pipeline_cycles": self.pipeline_cycles}
        return systolic.Array(**sizes, dataflow="output_stationary")

    @property
    def multipliers(self):
        return self.grid.multipliers

    @property
    def accumulators(self):
        return self.grid.accumulators

    def operand_bits(self, word_bits):
        return self.grid.operand_bits(word_bits)


def schedule(item, array, *layout):
    return systolic.schedule(item, array.grid, *layout)
'''
PROGRAM = '''"""``square_grid``: as a systolic array does it."""

from accel_sim.architectures.square_grid import Array
from accel_sim.reference.architectures import systolic


def program(item, machine, numbers):
    grid = Array(**machine.array).grid.model_dump()
    return systolic.program(item, machine.model_copy(update={"array": grid}), numbers)
'''
PATTERN = '''"""checkers: every other weight, as on a board."""

from dataclasses import dataclass

import numpy as np

import workloads.patterns
from workloads.masks import KeepMask


@dataclass(frozen=True)
class Pattern(workloads.patterns.Pattern):
    density: float = 0.5

    def keep_mask(self, score):
        return KeepMask.from_dense(np.indices(score.shape).sum(axis=0) % 2 == 0)

    def check(self, mask):
        same = np.array_equal(mask.to_dense(), self.keep_mask(mask.to_dense()).to_dense())
        return None if same else "a weight is where the board is black"
'''
FORMAT = '''"""places: each value with its place in the matrix."""

from dataclasses import dataclass

from workloads.formats import index_bits


@dataclass(frozen=True)
class Format:
    def value_count(self, mask):
        return mask.kept

    def metadata_bits(self, mask):
        return mask.kept * index_bits(mask.weights)
'''
COUNTER = '''"""leakage: what runs out of the array while the layer lasts."""

from accel_sim.counters.contract import Counter, Price

COUNTERS = (
    Counter(
        "leakage_cycles", "cycles", "leakage", "leakage_cycle", "in which the array leaks",
        price=Price(7.0, "made up"), derived=lambda counts: counts.cycles,
    ),
)
'''
COLUMN = '''"""pace: effectual MACs of a cycle."""

from accel_sim.columns.contract import Cell, LayerColumn, Line, TotalColumn

LAYERS = (LayerColumn("pace", "", "MACs of a cycle", lambda run: run.counts.macs / run.counts.cycles),)
TOTALS = (TotalColumn("pace", "", "MACs of a cycle", lambda run: run.macs / run.cycles),)
SHOWN_LAYERS = (Cell("pace", lambda row: f"{row['pace']:.3f}", after="cycles"),)
SHOWN_TOTALS = (Line("MACs of a cycle", lambda row: f"{row['pace']:.3f}"),)
SHOWN_COMPARISON = (Cell("pace", lambda row: f"{row['pace']:.3f}"),)
'''
NETWORK = """name,kind,in_channels,out_channels,in_h,in_w,kernel_h,kernel_w
first,conv,3,8,6,6,3,3
second,conv,8,6,4,4,1,1
"""
SWEEP = """description: The side of a grid.
workloads: [{network: two_layers, pattern: checkers}]
machines: [square_grid]
vary: {array.side: [2, 4], rf.buffers: [1, 2]}
"""


def machine() -> str:
    """A machine of the new architecture, made for the new pattern."""
    data = load_machine("edge_systolic").model_dump() | {
        "name": "square_grid",
        "family": None,
        "description": "A small square grid.",
        "architecture": "square_grid",
        "patterns": ["checkers"],
        "array": {"side": 4, "pipeline_cycles": 2},
    }
    return yaml.safe_dump(data, sort_keys=False)


def device() -> str:
    """A DRAM whose description differs from that of one which ships."""
    data = yaml.safe_load((config_folder("dram") / "ddr4_2400.yaml").read_text())
    return yaml.safe_dump(data | {"name": "small_dram", "description": "A small DRAM."}, sort_keys=False)


def new_parts() -> dict[str, str]:
    """File -> its text."""
    return {
        "accel_sim/architectures/square_grid.py": ARCHITECTURE,
        "accel_sim/reference/architectures/square_grid.py": PROGRAM,
        "hw_configs/machines/square_grid.yaml": machine(),
        "workloads/patterns/checkers.py": PATTERN,
        "workloads/formats/places.py": FORMAT,
        "accel_sim/counters/leakage.py": COUNTER,
        "accel_sim/columns/pace.py": COLUMN,
        "hw_configs/dram/small_dram.yaml": device(),
        "workloads/networks/two_layers.csv": NETWORK,
        "hw_configs/sweeps/grid_sides.yaml": SWEEP,
    }
