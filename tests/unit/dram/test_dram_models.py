"""Models of DRAM: every file has its section, its stepped path, and the name that its section takes."""

from fractions import Fraction
from typing import get_args

import pytest

from accel_sim import load_machine
from accel_sim.machine import dram_models as sections
from accel_sim.machine.dram_models.contract import DramModel, dram_models, model_of
from accel_sim.reference import dram_models as stepped
from accel_sim.reference.dram_models.contract import SteppedTransfer
from workloads.inputs.parts import find_part, part_names

MODELS = dram_models()


def test_both_sides_have_the_same_models():
    assert part_names(sections) == part_names(stepped) == list(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_called_as_its_file_and_describes_its_fields(name):
    assert issubclass(MODELS[name], DramModel)
    assert get_args(MODELS[name].model_fields["model"].annotation) == (name,)
    assert issubclass(find_part(stepped, name, "dram.model").Transfer, SteppedTransfer)


def test_a_section_that_names_no_model_is_of_the_one_whose_field_has_a_default():
    assert sum(not dram.model_fields["model"].is_required() for dram in MODELS.values()) == 1
    assert (model_of({}), model_of({"model": "banked"}), model_of(5)) == ("simple", "banked", "simple")


def test_the_path_is_as_wide_as_the_narrower_of_a_simple_dram_and_smem():
    for dram, port, width in ((32, 128, 32), (100, 64, 64)):
        fields = {"dram.bandwidth_bytes_per_cycle": dram, "smem.bandwidth_bytes_per_cycle": port}
        path = load_machine("crisp_stc", fields).transfer
        assert (path.bytes_per_cycle, path.burst_bytes, path.latency_cycles) == (width, 64, 100)
        assert (path.whole_rate, path.device, path.bursts) == (width, None, 0)
        assert (path.cycles(0), path.cycles(width), path.cycles(width + 1)) == (0, 1, 2)


def test_the_path_of_a_banked_dram_has_the_clock_of_its_device():
    machine = load_machine("crisp_stc_lpddr4")
    path, device = machine.transfer, machine.dram.loaded
    assert (path.device, path.burst_bytes, path.bursts) == (device, device.request_bytes, device.bursts)
    assert path.cycles_per_clock == Fraction(83, 100)  # 830 ps at 1 GHz
    assert path.bytes_per_cycle == 16 / path.cycles_per_clock  # 64 bits, twice a clock
    with pytest.raises(AssertionError, match="expected a whole number"):
        assert path.whole_rate
