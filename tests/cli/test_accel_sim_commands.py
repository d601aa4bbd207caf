"""The commands of accel-sim as a user types them."""

import json
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
from accel_sim_calls import COMMAND, call, command
from whole_machine import whole_text

from accel_sim import counters as c
from accel_sim import load_machine, simulate
from accel_sim.loading.families import family_names
from accel_sim.machine.shipped import config_folder, config_names
from workloads import load_workload
from workloads.network import network_names
from workloads.patterns import pattern_names

NET, CRISP = "resnet20_w16_28", "crisp(2:4, block=16, density=0.2)"
COMMANDS = ("list", "show", "simulate", "compare", "sweep", "plot", "verify", "trace")
SWEEP = """\
workloads: [{network: resnet20_w16_28, pattern: "nm(2:4)"}]
machines: [crisp_stc]
vary:
  array.rows: [8, 16]
  smem.bandwidth_bytes_per_cycle: [32, 64, 128]
"""


@pytest.fixture
def type_in(monkeypatch, capsys):
    """What a command prints."""

    def run(*words) -> str:
        assert call(monkeypatch, *words) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return run


def test_the_installed_command_prints_a_table_and_exits_zero():
    done = command("simulate", NET, "-m", "crisp_stc", "-p", CRISP, "--seed", 3)
    assert (done.returncode, done.stderr) == (0, "")
    result = simulate(load_workload(NET, CRISP, 3), load_machine("crisp_stc"))
    for text in (
        f"{NET} on crisp_stc",
        f"{result.cycles:,}",
        f"{result.energy_pj * 1e-9:.4f} mJ",
        result.bound,
    ):
        assert text in done.stdout


def test_help_imports_nothing_heavy_and_lists_every_command():
    code = (
        "import sys; sys.argv = ['accel-sim', '--help']\n"
        "from accel_sim.cli import main\n"
        "try: main()\n"
        "except SystemExit as leaving: assert not leaving.code\n"
        "heavy = {'torch', 'numba', 'numpy', 'matplotlib', 'pandas', 'pydantic'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f" {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_ends_with_an_example_of_it(name, type_in):
    assert f"Example: accel-sim {name} " in " ".join(type_in(name, "--help").split())


def test_list_names_everything_that_can_be_named(type_in):
    everything, text = json.loads(type_in("list", "--json")), type_in("list")
    assert list(everything["machines"]) == config_names("machines")
    assert list(everything["networks"]) == network_names()
    assert list(everything["patterns"]) == pattern_names()
    assert set(everything) == {
        "machines",
        "families",
        "networks",
        "patterns",
        "formats",
        "architectures",
        "counters",
        "columns",
        "dram_models",
        "dram",
        "energy",
        "sweeps",
    }
    for names in everything.values():
        assert all(sentence.strip() for sentence in names.values())
        assert all(name in text for name in names)
    assert json.loads(type_in("list", "machines", "--json")) == {"machines": everything["machines"]}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("families", "edge_1024"),
        ("energy", "sparseloop_45nm"),
        ("dram", "hbm2"),
        ("sweeps", "pe_array"),
    ],
)
def test_show_prints_a_file_as_it_is_written_by_name_and_by_path(kind, name, type_in):
    path = config_folder(kind) / f"{name}.yaml"
    assert type_in("show", name) == type_in("show", path)
    assert type_in("show", name).strip() == path.read_text().strip()


def test_show_says_what_a_machine_holds_on_chip_and_where_each_field_stands(type_in):
    shown = type_in("show", "crisp_stc").strip().splitlines()
    assert shown == type_in("show", config_folder("machines") / "crisp_stc.yaml").strip().splitlines()
    # Two sets of 1,024 weights of 8 bits with offsets of 2; two sets of 64 x 128 sums of 4 bytes.
    last = "1,024 multipliers; 322.5 KB on chip: SMEM 256.0, operands beside the multipliers 2.5, sums 64.0"
    assert shown[-1] == f"# {last}"
    assert shown[0] == "# crisp_stc.yaml, which extends dense_tc.yaml, which extends edge_1024.yaml"
    said = {tuple(line.split("  # ")) for line in shown if "  # " in line}
    places = {field.strip(): place for field, place in said}
    assert places["name: crisp_stc"] == "crisp_stc.yaml:1"
    assert places["cores: 4"].startswith("dense_tc.yaml:")
    assert places["latency_cycles: 100"].startswith("edge_1024.yaml:")
    assert places["mapping: auto"] == "default"


@pytest.mark.parametrize("name", config_names("machines"))
def test_what_show_prints_is_the_machine_in_one_file(name, type_in, tmp_path):
    (tmp_path / f"{name}.yaml").write_text(type_in("show", name))
    assert load_machine(tmp_path / f"{name}.yaml") == load_machine(name)


def test_show_prints_the_layers_of_a_network(type_in):
    lines = type_in("show", NET).splitlines()
    layers = load_workload(NET).layers
    assert len(lines) == len(layers) + 1
    assert f"{sum(item.macs for item in layers):,} MACs" in lines[0]
    assert all(masked.layer.name in line for masked, line in zip(layers, lines[1:], strict=True))


def test_simulate_prints_json_writes_tables_and_all_agree(type_in, tmp_path):
    out = type_in("simulate", NET, "-p", CRISP, "--json", "--layers", "-o", tmp_path / "new" / "out")
    told = json.loads(out)
    layers = pd.read_csv(tmp_path / "new" / "out" / "layers.csv")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "new" / "out" / "layers.parquet"), layers)
    pd.testing.assert_frame_equal(pd.DataFrame(told.pop("layers")), layers)
    summary = json.loads((tmp_path / "new" / "out" / "summary.json").read_text())
    provenance = summary.pop("provenance")
    assert summary == told
    assert provenance["machine"]["name"] == "crisp_stc"
    assert all(told[name] == layers[name].sum() for name in c.NAMES)


def test_simulate_prints_every_layer_if_asked(type_in):
    short, long = (
        type_in("simulate", NET, "-m", "dense_tc"),
        type_in("simulate", NET, "-m", "dense_tc", "--layers"),
    )
    assert "layer3.2.conv2" not in short
    assert all(masked.layer.name in long for masked in load_workload(NET).layers)
    assert long.endswith(short)


def test_set_seed_and_batch_reach_the_run(type_in):
    words = ("--set", "dram.latency_cycles=7", "--set", "array.skip_blocks=[16]", "--seed", 4, "--batch", 2)
    told = json.loads(type_in("simulate", NET, "-p", CRISP, *words, "--json"))
    machine = load_machine("crisp_stc", {"dram.latency_cycles": 7, "array.skip_blocks": [16]})
    assert told == simulate(load_workload(NET, CRISP, 4, 2), machine).summary()


def test_a_density_of_activations_reaches_the_run(type_in):
    told = json.loads(type_in("simulate", NET, "--activation-density", 0.3, "--layers", "--json"))
    assert [row["activation_density"] for row in told["layers"]] == [1] + [0.3] * (len(told["layers"]) - 1)


def test_compare_hands_a_density_of_activations_to_every_workload(type_in, monkeypatch):
    asked = []

    def load(*arguments):
        asked.append(arguments)
        return load_workload(*arguments)

    monkeypatch.setattr("workloads.workload.load_workload", load)
    words = ("-p", "dense", "-p", "nm(2:4)", "-m", "dense_tc", "--activation-density", 0.3)
    type_in("compare", NET, *words, "--json")
    assert asked == [(NET, "dense", None, 1, 0.3, None), (NET, "nm(2:4)", None, 1, 0.3, None)]


def test_compare_runs_every_pattern_on_every_machine_and_draws(type_in, tmp_path):
    words = ("-p", "dense", "-p", "nm(2:4)", "-m", "dense_tc", "-m", "nvidia_stc")
    rows = json.loads(type_in("compare", NET, *words, "--json", "-o", tmp_path))
    assert [(r["label"], r["machine"]) for r in rows] == [
        ("dense", "dense_tc"),
        ("dense", "nvidia_stc"),
        ("nm(2:4)", "dense_tc"),
        ("nm(2:4)", "nvidia_stc"),
    ]
    assert [r["speedup"] for r in rows[:3]] == [1, 1, 1]
    assert rows[3]["speedup"] > 1
    saved = pd.read_csv(tmp_path / "comparison.csv")
    assert saved["cycles"].tolist() == [r["cycles"] for r in rows]
    assert {p.name for p in tmp_path.glob("*.png")} == {"comparison.png", "layers.png"}


def test_compare_without_machines_takes_those_of_equal_resources(type_in):
    told = json.loads(type_in("compare", NET, "--json"))
    assert {row["machine"] for row in told} == set(family_names("edge_1024"))
    assert len(told) == len(family_names("edge_1024"))
    assert (told[0]["machine"], told[0]["speedup"]) == ("dense_tc", 1)


def test_a_machine_and_a_network_may_be_paths(type_in, tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(whole_text("dense_tc"))
    (tmp_path / "net.csv").write_text("name,kind,in_channels,out_channels\nfc,linear,64,10\n")
    told = json.loads(type_in("simulate", tmp_path / "net.csv", "-m", path, "--json"))
    assert (told["workload"], told["macs"]) == ("net", 640)


def test_a_sweep_leaves_tables_and_pictures_and_plot_draws_them_again(type_in, tmp_path):
    (tmp_path / "s.yaml").write_text(SWEEP)
    folder = tmp_path / "out"
    assert "6 points" in type_in("sweep", tmp_path / "s.yaml", "-o", folder, "--jobs", 1)
    pictures = {path: path.read_bytes() for path in folder.glob("*.png")}
    assert {path.name for path in pictures} == {"size.png", "heat_map.png"}
    assert {"results.csv", "results.parquet"} < {path.name for path in folder.iterdir()}
    for path in pictures:
        path.unlink()
    assert type_in("plot", folder).split() == [str(folder / "size.png"), str(folder / "heat_map.png")]
    type_in("plot", folder / "results.parquet", "-o", tmp_path / "elsewhere")
    for path, content in pictures.items():
        assert path.read_bytes() == (tmp_path / "elsewhere" / path.name).read_bytes() == content


def test_a_sweep_killed_in_the_middle_goes_on_where_it_was(type_in, tmp_path):
    lanes = ", ".join(str(n) for n in range(4, 30))
    text = SWEEP.replace("array.rows: [8, 16]", f"array.lanes: [{lanes}]")
    (tmp_path / "s.yaml").write_text(text)
    words = [COMMAND, "sweep", tmp_path / "s.yaml", "-o", tmp_path / "out", "--jobs", "1"]
    log = tmp_path / "out" / "points.jsonl"
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (log.is_file() and log.read_bytes().count(b"\n") >= 2) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    before = log.read_bytes()
    assert 2 <= before.count(b"\n") < 26 * 3
    assert not (tmp_path / "out" / "results.csv").exists()
    type_in("sweep", tmp_path / "s.yaml", "-o", tmp_path / "out", "--jobs", 1)
    after = log.read_bytes()
    assert after.startswith(before)
    assert after.count(b"\n") in (26 * 3, 26 * 3 + 1)  # a line that the kill cut short stays behind
    assert len(pd.read_csv(tmp_path / "out" / "results.csv")) == 26 * 3


def test_verify_counts_cases_and_mismatches_of_each_machine(type_in):
    out = type_in("verify", "crisp_stc", "unstructured_gather", "--cases", 3)
    rows = [line.split("│")[1:4] for line in out.splitlines() if line.startswith("│")]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["crisp_stc", "3", "0"],
        ["unstructured_gather", "3", "0"],
    ]


def test_either_engine_prints_the_same(type_in, tmp_path):
    table = tmp_path / "tiny.csv"
    table.write_text("name,kind,in_channels,out_channels,in_h,in_w,kernel_h,kernel_w\na,conv,8,16,5,5,3,3\n")
    stepped = type_in("simulate", table, "--engine", "reference", "--json")
    assert stepped == type_in("simulate", table, "--json")


def test_an_unequal_comparison_says_what_is_not_alike(monkeypatch, capsys):
    words = ("compare", NET, "-m", "crisp_stc", "-m", "crisp_stc_lpddr4", "--unequal", "--json")
    assert call(monkeypatch, *words) == 0
    out, err = capsys.readouterr()
    assert [row["machine"] for row in json.loads(out)] == ["crisp_stc", "crisp_stc_lpddr4"]
    assert err == (
        "unequal: expected machines with the same dram.model, got simple on crisp_stc and banked on"
        " crisp_stc_lpddr4\n"
    )


def test_compare_shows_what_each_machine_holds_on_chip(type_in):
    shown = type_in("compare", NET, "-m", "dense_tc", "-m", "crisp_stc")
    assert "SMEM + local KB" in shown
    assert [line.split("│")[-2].strip() for line in shown.splitlines() if "│" in line] == [
        "256 + 66.0",
        "256 + 66.5",
    ]
