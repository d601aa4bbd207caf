"""SCALE-Sim's own two files, a topology and a configuration, typed after accel-sim."""

import json

from accel_sim_calls import call

TOPOLOGY = """\
Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,
Conv1, 12, 12, 3, 3, 5, 7, 1,
FC, 1, 1, 1, 1, 700, 10, 1,
"""
CFG = """\
[general]
run_name = eight_by_four

[architecture_presets]
ArrayHeight: 8
ArrayWidth: 4
Dataflow: ws

[run_presets]
InterfaceBandwidth: CALC
"""


def write(folder):
    topology, cfg = folder / "tiny.csv", folder / "tiny.cfg"
    topology.write_text(TOPOLOGY)
    cfg.write_text(CFG)
    return topology, cfg


def test_a_topology_runs_on_a_configuration(monkeypatch, capsys, tmp_path):
    topology, cfg = write(tmp_path)
    assert call(monkeypatch, "simulate", topology, "-m", cfg, "--json") == 0
    result = json.loads(capsys.readouterr().out)
    ramp = 2 * 8 + 4 - 2  # weights in, operands through: ceil(K/R) ceil(N/C) (M + 2R + C - 2)
    assert result["cycles"] == 6 * 2 * (100 + ramp) + 88 * 3 * (1 + ramp)
    assert result["machine"] == "tiny (eight_by_four)"  # the file and its run_name


def test_a_wrong_configuration_is_one_line(monkeypatch, capsys, tmp_path):
    topology, cfg = write(tmp_path)
    cfg.write_text(CFG.replace("Dataflow: ws", "Dataflow: rs"))
    assert call(monkeypatch, "simulate", topology, "-m", cfg) != 0
    place = "architecture_presets.Dataflow"
    assert f"tiny.cfg:7: {place}: expected a known value, got 'rs'; did you mean" in capsys.readouterr().err
