"""``trace`` and mapping files as a user types them, and ``verify`` when it finds something."""

import json

import pytest
from accel_sim_calls import call
from whole_machine import whole_text

from accel_sim import counters as c
from accel_sim.engine import NO_TRACE, LayerEngine

NET, LAYER, PATTERN = "resnet20_w16_28", "layer1.0.conv1", "crisp(2:4, block=16, density=0.2)"
MACHINE = whole_text("crisp_stc")


@pytest.fixture
def type_in(tmp_path, monkeypatch, capsys):
    """What a command prints."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> str:
        assert call(monkeypatch, *words) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return run


@pytest.fixture
def refused(tmp_path, monkeypatch, capsys):
    """The one line of a command that exits with 2 and writes nothing."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> str:
        before = sorted(tmp_path.rglob("*"))
        assert call(monkeypatch, *words) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert sorted(tmp_path.rglob("*")) == before
        return err

    return run


def test_trace_writes_a_trace_and_a_picture_and_prints_where_the_time_went(type_in, tmp_path):
    out = type_in("trace", NET, LAYER, "-p", PATTERN, "-o", "new/out")
    data = json.loads((tmp_path / "new" / "out" / "trace.json").read_text())
    about = data["otherData"]
    assert (tmp_path / "new" / "out" / "trace.png").read_bytes().startswith(b"\x89PNG")
    for text in (f"{LAYER} on crisp_stc", f"{about['cycles']:,}", about["mapping"], "stalled: fill drain"):
        assert text in out
    assert "spans of" not in out  # nothing is left out
    row = json.loads(type_in("simulate", NET, "-p", PATTERN, "--json", "--layers"))["layers"]
    assert about["cycles"] == next(r["cycles"] for r in row if r["layer"] == LAYER)


def test_trace_says_what_it_left_out(type_in, tmp_path):
    out = type_in("trace", NET, LAYER, "-o", "out", "--most", 7)
    about = json.loads((tmp_path / "out" / "trace.json").read_text())["otherData"]
    assert about["left_out"] in out
    assert about["left_out"].startswith("7 of ")
    told = json.loads(
        type_in("trace", NET, LAYER, "-o", "out", "--from-cycle", 2000, "--to-cycle", 3000, "--json")
    )
    assert (told["from_cycle"], told["to_cycle"]) == (2000, 3000)
    assert "those of cycles 2,000 to 3,000" in told["left_out"]


def test_a_network_of_one_layer_needs_no_name_and_either_engine_traces_the_same(type_in, tmp_path):
    (tmp_path / "one.csv").write_text(
        "name,kind,in_channels,out_channels,in_h,in_w,kernel_h,kernel_w\na,conv,8,16,5,5,3,3\n"
    )
    type_in("trace", "one.csv", "-o", "fast")
    type_in("trace", "one.csv", "a", "-o", "stepped", "--engine", "reference")
    fast, stepped = (json.loads((tmp_path / name / "trace.json").read_text()) for name in ("fast", "stepped"))
    assert fast["traceEvents"] == stepped["traceEvents"]
    assert (fast["otherData"].pop("engine"), stepped["otherData"].pop("engine")) == ("fast", "reference")
    assert fast["otherData"] == stepped["otherData"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            [NET, "layer1.0.conv"],
            f"layer: expected one of {NET}, got 'layer1.0.conv'; did you mean 'layer",
        ),
        ([NET], f"layer: expected one of the 22 of {NET} (conv1, layer1.0.conv1, "),
        ([NET, LAYER, "-m", "crisp"], "machine: expected a known name"),
        ([NET, LAYER, "--engine", "fats"], "engine: expected a known one, got 'fats'; did you mean 'fast'?"),
        ([NET, LAYER, "--from-cycle", "-1"], "from_cycle: expected 0 to"),
        (
            [NET, LAYER, "--from-cycle", "9", "--to-cycle", "9"],
            "to_cycle: expected more than from_cycle=9, got 9",
        ),
        ([NET, LAYER, "--most", "0"], "most: expected a whole number of at least 1, got 0"),
        ([NET, LAYER, "--mapping", "none.yaml"], "none.yaml: expected a YAML file, got no such file"),
    ],
)
def test_trace_refuses_a_wrong_option(words, message, refused):
    assert message in refused("trace", *words, "-o", "out")


def test_trace_needs_a_folder(refused):
    assert "Missing option '--output'" in refused("trace", NET, LAYER)


def test_the_mapping_that_a_run_leaves_gives_the_same_run(type_in, tmp_path):
    words = ("simulate", NET, "-p", PATTERN, "--json", "--layers")
    first = type_in(*words, "--set", "objective=energy", "-o", "out")
    assert type_in(*words, "--mapping", "out/mapping.yaml", "-o", "again") == first
    for name in ("mapping.yaml", "layers.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()
    traced = ("trace", NET, LAYER, "-p", PATTERN, "--json", "-o", "t")
    told = json.loads(type_in(*traced, "--mapping", "out/mapping.yaml"))
    rows = {row["layer"]: row for row in json.loads(first)["layers"]}
    assert (told["cycles"], told["mapping"]) == (rows[LAYER]["cycles"], rows[LAYER]["mapping"])


def test_mapping_objective_and_fill_drain_are_settings_of_the_machine(type_in):
    def totals(*settings: str) -> dict:
        pairs = [word for setting in settings for word in ("--set", setting)]
        return json.loads(type_in("simulate", NET, "-p", PATTERN, "--json", *pairs))

    plain = totals()
    assert totals("mapping=auto", "objective=cycles", "fill_drain=counted") == plain
    least = {goal: totals(f"objective={goal}") for goal in ("cycles", "energy", "edp")}
    assert least["cycles"] == plain
    assert least["energy"]["energy_pj"] <= min(each["energy_pj"] for each in least.values())
    assert totals("fill_drain=hidden")["cycles"] < plain["cycles"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "objective=speed"], "--set: objective: expected a known value, got 'speed'"),
        (["--set", "fill_drain=no"], "--set: fill_drain: expected a known value, got 'no'"),
        (["--set", "mapping={conv1: auto}"], "mapping: expected an entry for each layer"),
        (
            ["--set", "mapping={conv0: auto}"],
            "mapping.conv0: expected a layer of the workload, got 'conv0'; did you",
        ),
    ],
)
def test_a_wrong_setting_of_them_is_refused(words, message, refused):
    assert message in refused("simulate", NET, *words)


@pytest.mark.parametrize("command", [["simulate", NET], ["trace", NET, LAYER]])
@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "conv0: auto",
            ": mapping.conv0: expected a layer of the workload, got 'conv0'; did you mean 'conv1'?",
        ),
        ("conv1: ifmap_stay(tile_n=8)", ": mapping.conv1: expected a known order, got 'ifmap_stay'; did you"),
        ("conv1: ifmap_stays(tile_n=x)", ": mapping.conv1: tile_n: expected a whole number, got 'x'"),
        ("conv1: auto", "mapping: expected an entry for each layer ('auto' will do), got none for 'layer1.0"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_line_in_a_file_and_in_a_machine(
    command, line, message, refused, tmp_path
):
    (tmp_path / "m.yaml").write_text(f"mapping:\n  {line}\n")
    (tmp_path / "own.yaml").write_text(f"{MACHINE}\nmapping:\n  {line}\n")
    told = refused(*command, "-o", "out", "--mapping", "m.yaml")
    assert message in told
    assert told.startswith("error: m.yaml:")
    told = refused(*command, "-o", "out", "-m", "own.yaml")
    assert message in told
    assert told.startswith("error: own.yaml:")


@pytest.fixture
def wrong_engine(monkeypatch):
    """A compiled engine that loses a cycle of every layer, and is interrupted before the n-th."""

    def run(interrupted_at: int | None = None) -> None:
        honest, calls = LayerEngine.run, []

        def loses_a_cycle(layer, mapping, trace=NO_TRACE):
            calls.extend([layer] if trace.shape[0] else [])
            if len(calls) - 1 == interrupted_at:
                raise KeyboardInterrupt
            out = honest(layer, mapping, trace)
            out[c.at.cycles] -= 1
            return out

        monkeypatch.setattr(LayerEngine, "run", loses_a_cycle)

    return run


def rows_of(table: str) -> list[list[str]]:
    rows = [line.split("│")[1:4] for line in table.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in row] for row in rows]


def test_verify_prints_what_differs_and_ends_with_1(wrong_engine, monkeypatch, capsys):
    wrong_engine()
    assert call(monkeypatch, "verify", "dense_tc", "--cases", 2) == 1
    out = capsys.readouterr().out
    assert rows_of(out) == [["dense_tc", "2", "2"]]
    for seed in (0, 1):
        (line,) = (line for line in out.splitlines() if line.startswith(f"dense_tc: seed {seed}: "))
        assert ": cycles: compiled " in line
        assert line.endswith("; no cycle differs")


def test_verify_that_is_interrupted_prints_what_it_found_so_far(wrong_engine, monkeypatch, capsys):
    wrong_engine(interrupted_at=2)
    assert call(monkeypatch, "verify", "dense_tc", "crisp_stc", "--cases", 5) == 130
    out, err = capsys.readouterr()
    assert err == "stopped\n"
    assert rows_of(out) == [["dense_tc", "2", "2"]]
    assert out.count("dense_tc: seed ") == 2


def test_verify_takes_a_machine_that_a_user_wrote(type_in, tmp_path):
    text = MACHINE.replace("name: crisp_stc", "name: own").replace("columns: 128", "columns: 16")
    (tmp_path / "own.yaml").write_text(text)
    assert rows_of(type_in("verify", "own.yaml", "--cases", 3)) == [["own", "3", "0"]]
