"""The picture beside "A layer by hand", docs/machine/worked_example.md.

python -m studies.timing_diagram
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from accel_sim.loading.machine import load_machine
from accel_sim.trace import Cut, Timeline, cut_spans, trace_layer
from workloads.by_hand import gemm_workload
from workloads.console.script import Quick, run_script

PICTURE = Path(__file__).parents[1] / "docs" / "timing_diagram.png"
QUICK_PICTURE = Path("results/timing_diagram.png")


def by_hand() -> tuple[Timeline, Cut]:
    """The layer of the document, in time."""
    keep = np.zeros((64, 256), np.bool_)
    for block in (0, 2):
        keep[:, 64 * block : 64 * block + 64] = np.arange(64) % 4 < 2
    workload = gemm_workload(64, 256, 256, keep, name="a layer by hand")
    timeline = trace_layer(workload.layers[0], load_machine("crisp_stc"))
    return timeline, cut_spans(timeline)


def main(quick: Quick = False) -> None:
    """Draw it beside the document; in the quick form in the results."""
    from accel_sim.report.plots import save_figure
    from accel_sim.report.timeline_picture import plot_timeline

    print(save_figure(plot_timeline(*by_hand()), QUICK_PICTURE if quick else PICTURE))


if __name__ == "__main__":
    run_script(main)
