"""Which machines may be ranked: every field of every section is alike or says why it need not be."""

from typing import Any, get_args

import pytest
from pydantic import BaseModel

from accel_sim import load_machine
from accel_sim.architectures.shared.on_chip import on_chip
from accel_sim.compare.fairness import TOLERANCE, check_equal, differences, resources
from accel_sim.dram import load_device
from accel_sim.dram.device import Device
from accel_sim.loading.families import family_names
from accel_sim.machine import Machine
from accel_sim.machine.dram_models import banked, simple
from accel_sim.machine.section import Free, Section
from accel_sim.machine.shipped import config_folder
from workloads.inputs import InputError

SIMPLE, BANKED = load_machine("crisp_stc"), load_machine("crisp_stc_lpddr4")


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """The sections that a field may hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]


def fields_of(model: type[BaseModel], prefix: str = "") -> list[tuple[str, Any]]:
    """Every field of a section and of those within: dotted path and what pydantic knows of it."""
    found = []
    for name, field in model.model_fields.items():
        inner = models_in(field.annotation)
        found += [at for one in inner for at in fields_of(one, f"{prefix}{name}.")]
        if not inner:
            found.append((f"{prefix}{name}", field))
    return found


def marks(field: Any) -> list[Free]:
    return [mark for mark in field.metadata if isinstance(mark, Free)]


ALL = [*fields_of(Machine), *fields_of(Device, "dram.device.")]
COMPARED = [path for path, field in ALL if not marks(field)]
FREE = {path: marks(field)[0].because for path, field in ALL if marks(field)}


def other(value: Any) -> Any:
    """Another value of the same kind, whatever it means."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, tuple):
        return value[::-1]
    return f"not {value}"


def with_another(section: Section, path: str) -> Section:
    name, _, rest = path.partition(".")
    value = getattr(section, name)
    return section.model_copy(update={name: with_another(value, rest) if rest else other(value)})


def changed(path: str) -> tuple[Machine, Machine]:
    """A machine that has the field, and one that differs in it alone."""
    if path.startswith("dram.device."):
        device = with_another(BANKED.dram.loaded, path.removeprefix("dram.device."))
        return BANKED, BANKED.model_copy(update={"dram": BANKED.dram.with_device(device)})
    machine = SIMPLE if path != "dram.model" and not path.startswith("dram.device") else BANKED
    return machine, with_another(machine, path)


@pytest.mark.parametrize("path", COMPARED)
def test_a_field_without_a_reason_keeps_machines_from_being_ranked(path):
    one, another = changed(path)
    check_equal([one, one])
    with pytest.raises(InputError, match=rf"expected machines with the same {path}, got "):
        check_equal([one, another])
    assert any(text.startswith(f"the same {path}, got ") for text in differences([one, another]))


def test_fields_that_may_differ_say_why_and_are_these():
    """A new field is compared unless it is added here and marked with its reason."""
    labels = {"name", "description", "family", "patterns", "architecture"}
    labels |= {f"dram.device.{name}" for name in ("name", "description", "source")}
    derived = {"array", "rf.buffers", "smem.capacity_bytes", "energy", "dram.device"}
    assert set(FREE) == labels | derived
    assert all(len(because) > 6 for because in FREE.values())
    assert {"fill_drain", "objective", "mapping", "clock_hz", "word_bytes", "dram.model"} < set(COMPARED)
    assert {"smem.banks.count", "smem.banks.row_bytes", "dram.latency_cycles"} < set(COMPARED)


@pytest.mark.parametrize("path", ["array", "rf.buffers", "smem.capacity_bytes"])
def test_what_is_derived_from_a_free_field_is_compared(path):
    array = {**SIMPLE.array, "columns": 256}
    changes = {"array": array, "rf.buffers": 1, "smem.capacity_bytes": 131_072}
    with pytest.raises(InputError, match=r"on-chip bytes \(SMEM and local storage\) within 1%, got"):
        check_equal([SIMPLE, load_machine("crisp_stc", {path: changes[path]})])


def test_multipliers_and_energies_are_compared(tmp_path):
    with pytest.raises(InputError, match="the same multipliers, got 1,024 on crisp_stc and 512 on crisp_stc"):
        check_equal([SIMPLE, load_machine("crisp_stc", {"array.rows": 8})])
    table = (config_folder("energy") / "sparseloop_45nm.yaml").read_text()
    (tmp_path / "cheap.yaml").write_text(table.replace("mac: 0.5608", "mac: 0.25"))
    cheap = load_machine("crisp_stc", {"energy": str(tmp_path / "cheap.yaml")})
    with pytest.raises(InputError, match=r"the same energy\.pj\.mac, got 0\.5608 on .* and 0\.25 on"):
        check_equal([SIMPLE, cheap])


def test_a_dram_by_its_path_is_the_one_by_its_name():
    path = str(config_folder("dram") / "lpddr4_2400.yaml")
    check_equal([BANKED, load_machine("crisp_stc_lpddr4", {"dram.device": path})])
    assert resources(BANKED)["dram.device.timing.cl"] == load_device(path).timing.cl


def test_a_simple_and_a_banked_dram_differ_in_their_model():
    assert differences([SIMPLE, BANKED]) == [
        "the same dram.model, got simple on crisp_stc and banked on crisp_stc_lpddr4"
    ]
    assert (type(SIMPLE.dram), type(BANKED.dram)) == (simple.Dram, banked.Dram)


def test_no_banks_differ_from_some():
    without = load_machine("crisp_stc", {"smem.banks": None})
    assert differences([SIMPLE, without]) == [
        "the same smem.banks, got some on crisp_stc and none on crisp_stc"
    ]


def test_mappings_that_are_spelled_out_differ_from_one_that_is_searched_only():
    one, other = (SIMPLE.with_mapping({"g": f"ifmap_stays(tile_n={n})"}) for n in (128, 256))
    check_equal([one, other])
    with pytest.raises(InputError, match="the same mapping, got auto on crisp_stc and spelled out on"):
        check_equal([SIMPLE, one])


def test_on_chip_bytes_may_differ_by_the_tolerance_and_no_more():
    """Rule 43."""
    most = on_chip(SIMPLE).total_bytes
    within = int(TOLERANCE * most) // 128 * 128  # whole rows of all banks
    check_equal([SIMPLE, load_machine("crisp_stc", {"smem.capacity_bytes": 262_144 - within})])
    with pytest.raises(InputError, match="within 1%"):
        check_equal([SIMPLE, load_machine("crisp_stc", {"smem.capacity_bytes": 262_144 - within - 128})])


def test_the_least_and_the_most_are_held_against_each_other_wherever_they_stand():
    sizes = [262_144, 262_144 - 2048, 262_144 + 2048]  # each near the first
    machines = [load_machine("crisp_stc", {"smem.capacity_bytes": size}) for size in sizes]
    check_equal(machines[:2])
    check_equal(machines[::2])
    with pytest.raises(InputError, match="got 328,192 on crisp_stc and 332,288 on crisp_stc"):
        check_equal(machines)


def test_buffers_beyond_any_scratchpad_are_refused():
    deep = load_machine("unstructured_gather", {"array.depth": 65536})
    with pytest.raises(InputError, match="on-chip bytes"):
        check_equal([SIMPLE, deep])


def test_the_family_may_be_ranked():
    """Rule 43."""
    assert differences([load_machine(name) for name in family_names("edge_1024")]) == []
