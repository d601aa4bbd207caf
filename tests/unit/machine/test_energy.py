"""Energy is a price a count, from a table that prices everything and nothing else."""

import numpy as np
import pytest
from refusals import refusal_of_text, with_one_changed

from accel_sim import counters as c
from accel_sim import load_machine
from accel_sim.counters import Price
from accel_sim.loading.energy import load_energy
from accel_sim.machine.energy import ACTIONS, DEFAULTS, energy_pj
from accel_sim.machine.shipped import config_folder, config_names
from workloads.inputs import InputError

TABLE = (config_folder("energy") / "sparseloop_45nm.yaml").read_text()


@pytest.mark.parametrize("name", config_names("energy"))
def test_a_shipped_table_prices_every_action_and_names_its_source(name):
    table = load_energy(name)
    assert set(ACTIONS) - set(DEFAULTS) <= set(table.pj) <= set(ACTIONS)
    assert table.source
    assert all(price >= 0 for price in table.pj.values())


@pytest.mark.parametrize("index", range(c.COUNT))
def test_each_counter_adds_its_count_times_its_price_to_its_component_alone(index):
    """Rule 37."""
    counts = np.zeros(c.COUNT, np.int64)
    counts[index] = 3
    prices = {action: 2.0**-i for i, action in enumerate(ACTIONS)}
    counter = c.COUNTERS[index]
    for component, energy in energy_pj(counts, prices).items():
        price = prices[counter.action] if component == counter.component and counter.action else 0
        assert energy == 3 * price


def test_a_dearer_memory_costs_more_and_dram_most_of_all():
    pj = load_energy("sparseloop_45nm").pj
    assert pj["lrf_read"] < pj["rf_read_byte"] < pj["smem_read_byte"] < pj["dram_read_byte"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  mac: 0.5608", "  # mac", "pj: expected the action 'mac', got none"),
        (
            "  mac: 0.5608",
            "  mack: 0.5608\n  mac: 1",
            "pj: expected known actions, got 'mack'; did you mean 'mac'?",
        ),
        ("mac: 0.5608", "mac: -0.5608", "pj.mac: expected 0 or more, got -0.5608"),
        ("mac: 0.5608", "mac: .nan", "pj.mac: expected a finite number, got nan"),
        ("mac: 0.5608", "mac: .inf", "pj.mac: expected a finite number, got inf"),
        ("mac: 0.5608", "mac: a lot", "pj.mac: expected a number, got 'a lot' (text)"),
        ("source:", "sauce:", "expected a known key, got 'sauce'; did you mean 'source'?"),
    ],
)
def test_a_wrong_table_names_line_and_action(tmp_path, old, new, message):
    assert message in refusal_of_text(load_energy, tmp_path / "table.yaml", with_one_changed(TABLE, old, new))


@pytest.mark.parametrize("word_bytes", [1, 2, 4])
def test_a_mac_costs_the_square_of_its_width_and_a_register_its_width(word_bytes):
    table = load_energy("sparseloop_45nm")
    changed = {
        "mac": word_bytes**2,
        "mac_gated": word_bytes**2,
        "lrf_read": word_bytes,
        "lrf_write": word_bytes,
    }
    expected = {action: pj * changed.get(action, 1) for action, pj in table.pj.items()}
    machine = load_machine("crisp_stc", {"word_bytes": word_bytes})
    for found in (table.of_words(word_bytes), machine.energy_per_action_pj):
        assert {action: found[action] for action in table.pj} == expected


def test_the_square_is_what_was_measured_in_45_nm():
    """M. Horowitz, ISSCC 2014, figure 1.1.9: 0.2 pJ for an integer multiplication of 8 bits, 3.1 for 32."""
    table = load_energy("sparseloop_45nm")
    assert table.of_words(4)["mac"] / table.of_words(1)["mac"] == pytest.approx(3.1 / 0.2, rel=0.04)


def test_a_table_says_the_width_that_it_prices(tmp_path):
    (tmp_path / "wide.yaml").write_text(TABLE.replace("word_bytes: 1 ", "word_bytes: 2 "))
    wide = load_energy(tmp_path / "wide.yaml")
    assert wide.of_words(1)["mac"] == wide.pj["mac"] / 4
    (tmp_path / "silent.yaml").write_text(TABLE.replace("word_bytes: 1 ", "# "))
    with pytest.raises(InputError, match="expected the key 'word_bytes', got none"):
        load_energy(tmp_path / "silent.yaml")


def test_an_action_may_bring_its_price_and_a_table_that_has_one_comes_first(tmp_path, monkeypatch):
    (tmp_path / "table.yaml").write_text(TABLE.replace("  mac: 0.5608", "  # "))
    with pytest.raises(InputError, match="expected the action 'mac', got none"):
        load_energy(tmp_path / "table.yaml")
    monkeypatch.setitem(DEFAULTS, "mac", Price(9.0, "by hand", word_bytes=2))
    prices = [load_energy(tmp_path / "table.yaml").of_words(width)["mac"] for width in (1, 2, 4)]
    assert prices == [9 / 4, 9, 36]
    assert load_energy("sparseloop_45nm").of_words(1)["mac"] == 0.5608
