"""on_chip: what machines that are compared hold."""

from accel_sim.architectures.shared.on_chip import on_chip
from accel_sim.columns.contract import Cell, MachineColumn, Row


def _sizes(row: Row) -> str:
    return f"{row['smem_bytes'] / 1024:,.0f} + {row['local_bytes'] / 1024:,.1f}"


ORDER = 10
MACHINES = (
    MachineColumn("smem_bytes", "bytes", "of SMEM", lambda machine: on_chip(machine).smem_bytes),
    MachineColumn(
        "local_bytes", "bytes", "of storage elsewhere", lambda machine: on_chip(machine).local_bytes
    ),
)
SHOWN_COMPARISON = (Cell("SMEM + local KB", _sizes),)
