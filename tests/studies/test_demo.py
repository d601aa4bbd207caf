"""The demo: what it leaves behind, asserted from the files and not from the pruner's state."""

from pathlib import Path

import pandas as pd
import pytest

from studies import demo
from workloads.artifact import read_artifact
from workloads.patterns import parse_pattern

RESULTS = Path(__file__).parents[2] / "results" / "demo"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, tiny_checkpoint, tiny_data):
    """What a demo leaves that starts from a narrow network and few images."""
    output = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "shipped_checkpoint", lambda: tiny_checkpoint)
        demo.main(output, str(tiny_data), steps=1)
    return output


def test_the_demo_leaves_tables_networks_and_pictures(folder):
    table = pd.read_csv(folder / "demo.csv")
    machines = {"dense_tc", "nvidia_stc", "crisp_stc", "unstructured_gather", "dstc"}
    assert set(table["machine"]) == machines
    assert table.shape == pd.read_parquet(folder / "demo.parquet").shape
    for picture in ("latency_energy", "layers", "masks"):
        assert (folder / f"{picture}.png").read_bytes().startswith(b"\x89PNG")


def test_a_second_demo_takes_the_networks_from_the_first(folder, tiny_checkpoint, tiny_data, monkeypatch):
    monkeypatch.setattr(demo, "shipped_checkpoint", lambda: tiny_checkpoint)
    monkeypatch.setattr(demo, "prune_to_file", lambda *_: pytest.fail("pruned again"))
    before = (folder / "demo.csv").read_bytes()
    demo.main(folder, str(tiny_data), steps=1)
    assert (folder / "demo.csv").read_bytes() == before


def test_a_demo_with_other_steps_prunes_again(folder, tiny_checkpoint, tiny_data, monkeypatch):
    monkeypatch.setattr(demo, "shipped_checkpoint", lambda: tiny_checkpoint)
    monkeypatch.setattr(demo, "prune_to_file", lambda *_: (_ for _ in ()).throw(InterruptedError))
    with pytest.raises(InterruptedError):
        demo.main(folder, str(tiny_data), steps=2)


CRISP = {"crisp": "crisp(1:4, block=16, density=0.1)", "crisp_2_4": "crisp(2:4, block=16, density=0.1)"}


def check_crisp(folder, name):
    """Acceptance of a CRISP network of the demo, read from its file alone."""
    path = folder / f"{name}.safetensors"
    network = read_artifact(path)
    pruned = [masked for masked in network.layers if not masked.note.startswith("dense")]
    assert len(pruned) == len(network.layers) - 1  # all but the first layer
    pattern = parse_pattern(CRISP[name])
    assert [pattern.check(masked.mask) for masked in pruned] == [None] * len(pruned)
    assert all(masked.mask.living_blocks(16, 16).any(axis=1).all() for masked in pruned)
    return 1 - network.density


@pytest.mark.parametrize("name", CRISP)
def test_a_crisp_network_obeys_its_pattern(folder, name):
    check_crisp(folder, name)


@pytest.mark.skipif(not (RESULTS / "demo.csv").is_file(), reason="no results/demo yet: run make demo first")
def test_the_full_demo_reaches_its_sparsity_and_its_order_of_cycles():
    for name in CRISP:
        assert check_crisp(RESULTS, name) == pytest.approx(0.9, abs=0.005)
    cycles = pd.read_csv(RESULTS / "demo.csv").set_index(["label", "machine"])["cycles"]
    for name in CRISP:
        assert cycles[name, "crisp_stc"] < cycles[name, "nvidia_stc"] < cycles["dense", "dense_tc"]
        assert cycles[name, "dense_tc"] == cycles["dense", "dense_tc"]
    assert cycles["crisp", "crisp_stc"] < cycles["crisp_2_4", "crisp_stc"]  # the better comes first
