"""What each column of a result table says: counters say it themselves, the others here."""

from __future__ import annotations

from accel_sim.counters import COMPONENTS, COUNTERS
from studies.reference_fields import Row, unit

SENTENCES = {
    "layer": "name of the layer",
    "kind": "conv, linear or gemm",
    "mode": "what of the mask the array used",
    "mapping": "the tiles that SMEM held and the order in which they passed",
    "bound": "the resource that its work keeps busy for longest: compute, smem or dram (rule 36)",
    "m_dim": "output channels",
    "k_dim": "weights of an output channel: kernel taps x input channels of its convolution group",
    "n_dim": "output pixels x batch",
    "groups": "convolution groups",
    "weights": "of the dense layer",
    "exempt": "why the layer is dense beside the pattern of the others, or none",
    "kept": "weights that survive",
    "activation_density": "share of the inputs that are not zero",
    "utilisation": "effectual MACs / (multipliers x cycles)",
    "energy_pj": "of all components",
    "workload": "name of what was simulated",
    "machine": "its name, with its file's where that is another",
    "density": "share of the dense network's weights that survive",
    "asked_density": "what the pattern was asked to keep",
    "warning": "what a reader of the totals has to know, or none",
    "seconds": "cycles at the machine's clock",
    "edp_js": "energy-delay product",
}
_COUNTERS = {counter.name: counter for counter in COUNTERS}
_OF_PARTS = {f"energy_{part}_pj": f"of {part}" for part in COMPONENTS}


def column(name: str) -> Row:
    """The column of that name; KeyError where nothing says what it is."""
    counter = _COUNTERS.get(name)
    if counter is not None:
        return Row(name, "", counter.unit.replace("count", ""), "", "", counter.meaning)
    return Row(name, "", unit(name), "", "", (SENTENCES | _OF_PARTS)[name])
