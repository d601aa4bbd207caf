"""Every field of machines, energy tables and DRAM devices, with every hostile value in its place."""

from functools import partial
from pathlib import Path

import pytest
import yaml
from ends import a_share, none_wrong, wrong_call, wrong_result
from hypothesis import assume, given
from hypothesis import strategies as st
from small_files import dotted, leaves, text_with
from texts import YAML
from tile_fields import first_of_each
from whole_machine import whole_text

from accel_sim import load_machine, simulate
from accel_sim.machine.shipped import config_folder
from accel_sim.results import SimulationResult
from workloads import load_workload

SHARED = "crisp_stc_lpddr4"  # whose sections outside the array stand for those of all
MACHINES = (SHARED, *first_of_each(lambda m: (m.architecture, m.array.get("activations"))))
EXTENDING = ("crisp_stc_hbm2",)  # of which one file is changed, and not those that it extends
WRITTEN = {
    **{("machines", name): yaml.safe_load(whole_text(name)) for name in MACHINES},
    **{
        ("machines", name): yaml.safe_load((config_folder("machines") / f"{name}.yaml").read_text())
        for name in EXTENDING
    },
    **{
        (kind, name): yaml.safe_load((config_folder(kind) / f"{name}.yaml").read_text())
        for kind, name in (("energy", "sparseloop_45nm"), ("dram", "lpddr4_2400"))
    },
}


def told_apart(name: str, path: tuple[str | int, ...]) -> bool:
    """Whether a place is another than the same place of another machine."""
    return name not in MACHINES or name == SHARED or path[0] in ("array", "dram")


PLACES = [
    (file, path) for file, data in WRITTEN.items() for path in leaves(data) if told_apart(file[1], path)
]
CASES = sum(len(a_share(YAML, place)) for place in PLACES)


def run(kind: str, name: str, text: str, folder: Path, network: Path) -> SimulationResult:
    """Simulate on a machine of which one file is ``text``."""
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    machine: str | Path = path
    if kind != "machines":
        machine = folder / "machine.yaml"
        own = WRITTEN["machines", "crisp_stc_lpddr4"]
        changed = (
            {**own, "energy": str(path)}
            if kind == "energy"
            else {**own, "dram": own["dram"] | {"device": str(path)}}
        )
        machine.write_text(yaml.safe_dump(changed))
    workload = load_workload(network, "nm(2:4)", activation_density=0.5)
    return simulate(workload, load_machine(machine))


def test_the_files_as_they_are_give_results(small, tmp_path):
    found = {}
    for (kind, name), data in WRITTEN.items():
        text = yaml.safe_dump(data, sort_keys=False)
        result = run(kind, name, text, tmp_path, small / "net.csv")
        found[name] = wrong_result(result)
    none_wrong(found)


@pytest.mark.parametrize(
    ("file", "path"), PLACES, ids=[f"{name}-{dotted(path)}" for (_, name), path in PLACES]
)
def test_a_hostile_value_ends_in_one_line_or_a_result(file, path, small, tmp_path):
    found = {}
    for what, value in a_share(YAML, (file, path)).items():
        text = text_with(WRITTEN[file], path, value)
        call = partial(run, *file, text, tmp_path, small / "net.csv")
        found[what] = wrong_call(call, wrong_result)
    none_wrong(found)


@given(st.data())
def test_damaged_text_ends_in_one_line_or_a_result(small, tmp_path_factory, data):
    """A piece is cut out of a good file, or something is written into it."""
    (kind, name), written = data.draw(st.sampled_from(list(WRITTEN.items())))
    text = yaml.safe_dump(written, sort_keys=False)
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(len(text), start + 20)))
    text = text[:start] + data.draw(st.text(max_size=12)) + text[stop:]
    assume(not any("\ud800" <= c <= "\udfff" for c in text))
    folder = tmp_path_factory.mktemp("damaged")
    none_wrong({text: wrong_call(partial(run, kind, name, text, folder, small / "net.csv"), wrong_result)})
