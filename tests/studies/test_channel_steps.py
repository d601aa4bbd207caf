"""Channel pruning on systolic arrays falls in steps of whole tiles."""

import pandas as pd
import pytest

from studies import channel_steps as study
from studies.channel_steps import SETTINGS, Setting, step_edges, sweep_channels, sweep_network

EDGE, TPU = SETTINGS[0], SETTINGS[1]


def test_within_a_tile_the_array_computes_as_long():
    table = sweep_channels(EDGE, range(32, 98))
    compute = table.set_index("m_dim")["compute_cycles"]
    assert compute[33:64].nunique() == 1
    assert compute[33] == 2 * compute[32]
    assert step_edges(table) == [32, 64, 96]
    cycles = table.set_index("m_dim")["cycles"]
    assert cycles[33] == pytest.approx(cycles[64], rel=0.01)  # up to the bytes of the channels
    assert cycles[33] > 1.3 * cycles[32]


def test_the_tpu_has_one_step():
    assert step_edges(sweep_channels(TPU, range(64, 513, 32))) == [256]


def test_edges_are_where_the_next_channel_costs_more():
    table = pd.DataFrame({"m_dim": [1, 2, 3, 4], "compute_cycles": [5, 5, 7, 7]})
    assert step_edges(table) == [2]


def test_small_cuts_of_a_network_pay_in_whole_tiles_alone():
    table = sweep_network(EDGE, "resnet18", (1.0, 0.9))
    by = table.set_index(["multiple", "asked_density"])["speedup"]
    assert by[1, 1.0] == by[32, 1.0] == 1
    assert by[1, 0.9] < 1 / 0.9 < by[32, 0.9]


def test_the_picture_is_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "SETTINGS", (EDGE, Setting("edge_systolic", 2, "k")))
    layers = [sweep_channels(setting, (32, 64, 512)) for setting in study.SETTINGS]
    networks = [sweep_network(setting, "resnet20_w16_28", (1.0, 0.5)) for setting in study.SETTINGS]
    picture = study.save_figure(study.plot_steps(layers, networks), tmp_path / "c.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
