"""Device files: each mistake is one clear line."""

from pathlib import Path

import pytest
import yaml
from refusals import refusal_of_file

from accel_sim.dram import load_device
from accel_sim.dram.numbers import device_numbers
from accel_sim.machine.shipped import config_folder, config_names
from workloads.inputs import InputError


def write_device(path: Path, changes: dict, timing: dict) -> Path:
    data = yaml.safe_load((config_folder("dram") / "ddr4_2400.yaml").read_text())
    data |= changes
    data["timing"] |= timing
    path.write_text(yaml.safe_dump(data, sort_keys=False))
    return path


@pytest.mark.parametrize("name", config_names("dram"))
def test_a_shipped_device_loads_and_says_where_its_numbers_come_from(name):
    device = load_device(name)
    assert device.name == name
    assert device.source
    assert device_numbers(device).shape == (1,)


def test_sizes_follow_from_the_shape():
    device = load_device("ddr4_2400")
    assert device.request_bytes == 64
    assert device.burst_clocks == 4
    assert device.bursts * 64 == 16 * 2**30
    assert device.peak_bytes_per_clock == 16
    assert load_device("lpddr4_2400").request_bytes == 128
    assert load_device("hbm2").peak_bytes_per_clock == 256


def test_the_peak_is_limited_by_offers_too():
    device = load_device("hbm2").model_copy(update={"offers_per_clock": 1})
    assert device.peak_bytes_per_clock == 64


def test_a_path_is_taken_where_a_name_is(tmp_path):
    path = write_device(tmp_path / "mine.yaml", {"name": "mine"}, {})
    assert load_device(path).name == load_device(str(path)).name == "mine"


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(InputError, match=r"got 'ddr4_2300'; did you mean 'ddr4_2400'\? \(there are: "):
        load_device("ddr4_2300")


@pytest.mark.parametrize(
    ("changes", "timing", "message"),
    [
        ({"banks_per_group": 3}, {}, "banks_per_group: expected a power of two, got 3"),
        ({"channels": 0}, {}, "channels: expected a number of at least 1, got 0"),
        ({"rows": 65535}, {}, "rows: expected a power of two, got 65535"),
        ({"rows": "many"}, {}, "rows: expected a whole number, got 'many' (text)"),
        ({"rows": 2**30, "channels": 2**30}, {}, "expected at most 2^60 bytes"),
        ({"bus_bits": 4}, {}, "expected bus_bits of at least 8, got 4"),
        ({"burst_length": 1}, {}, "expected a burst_length of at least 2, got 1"),
        ({"row_bytes": 32}, {}, "expected row_bytes of at least a request, 64, got 32"),
        ({"command_buses": 3}, {}, "command_buses: expected a number of at most 2, got 3"),
        ({"offers_per_clock": 0}, {}, "offers_per_clock: expected a number of at least 1, got 0"),
        ({"bank_group": 4}, {}, "expected a known key, got 'bank_group'; did you mean 'bank_groups'?"),
        (
            {"address_fields": ["row", "rank", "bank", "bank_group", "column"]},
            {},
            "expected address_fields with each of row, channel, rank, bank_group, bank, column once,"
            " got row, rank, bank, bank_group, column",
        ),
        ({"address_fields": ["rows"]}, {}, "expected a known value, got 'rows'; did you mean 'row'?"),
        ({}, {"tras": 16}, "timing: expected tras of at least trcd=17, got 16"),
        ({}, {"tccd_l": 3}, "timing: expected tccd_l of at least tccd_s=4, got 3"),
        ({}, {"trrd_l": 3}, "timing: expected trrd_l of at least trrd_s=4, got 3"),
        ({}, {"tfaw": 3}, "timing: expected tfaw of at least trrd_s=4, got 3"),
        ({}, {"twtr_l": 2}, "timing: expected twtr_l of at least twtr_s=3, got 2"),
        ({}, {"cl": 0}, "timing.cl: expected a number of at least 1, got 0"),
        ({}, {"cl": 17.5}, "timing.cl: expected a whole number, got 17.5"),
        ({}, {"trefi": 500}, "expected timing.trefi of at least 1086"),
    ],
)
def test_a_wrong_file_is_one_clear_line(tmp_path, changes, timing, message):
    assert message in refusal_of_file(load_device, write_device(tmp_path / "wrong.yaml", changes, timing))
