"""Counters are declared once; indices, columns and prices follow."""

import ast
import shutil
from pathlib import Path

import accel_sim
from accel_sim import counters as c
from accel_sim.kernels.jit import SOURCES
from workloads.kernels.jit import source_hash

ROOT = Path(accel_sim.__file__).parents[1]


def test_every_counter_has_one_index_and_every_index_one_counter():
    assert c.at._asdict() == {name: index for index, name in enumerate(c.NAMES)}
    assert len(set(c.NAMES)) == c.COUNT


def test_every_place_that_the_source_names_is_a_counters():
    """Mypy does not know the fields of ``at``, which are found."""
    named = set()
    for folder in ("accel_sim", "benchmarks", "studies", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("at", "c.at"):
                    named.add(node.attr)
    assert {"cycles", "dram_activates"} <= named
    assert named - {"_asdict"} <= set(c.NAMES)


def test_todays_columns_come_first_and_in_the_order_that_they_had():
    assert c.NAMES[:2] == ("cycles", "compute_cycles")
    assert c.NAMES[7:13] == (
        *("stall_writeback_cycles", "macs", "issued_macs", "gated_macs"),
        *("idle_lane_cycles", "lrf_reads"),
    )
    assert c.NAMES[25:27] == ("smem_busy_cycles", "dram_busy_cycles")


def test_a_counter_that_costs_something_says_whose_cost_it_is():
    for counter in c.COUNTERS:
        assert bool(counter.component) == bool(counter.action), counter.name
        assert counter.meaning, counter.name


def test_units_are_in_the_names():
    for counter in c.COUNTERS:
        if counter.unit in ("cycles", "bytes"):
            assert counter.name.endswith(counter.unit), counter.name


def test_stalls_are_cycles_and_cost_no_energy():
    assert len(c.STALLS) == 6
    for counter in c.COUNTERS:
        if counter.name in c.STALLS:
            assert (counter.unit, counter.component) == ("cycles", "")


def test_changed_counters_or_kernels_name_another_cache_folder(tmp_path):
    """The numba trap: kernels hold counter indices as constants."""
    for package in ("accel_sim", "workloads"):
        shutil.copytree(ROOT / package, tmp_path / package)
    sources = [tmp_path / source.relative_to(ROOT) for source in SOURCES]
    before = source_hash(sources)
    assert before == source_hash(SOURCES)
    hashes = {before}
    changed = [
        f"accel_sim/{name}.py"
        for name in ("counters/dram", "kernels/timeline/plan", "kernels/arrays/outer_product", "kernels/jit")
    ]
    for name in (*changed, "workloads/kernels/bits.py"):
        text = (tmp_path / name).read_text()
        (tmp_path / name).write_text(text + "# changed\n")
        hashes.add(source_hash(sources))
    assert len(hashes) == 6


def test_kernels_import_nothing_of_ours_that_their_cache_does_not_watch():
    # workloads.kernels.jit watches itself.
    watched = {"accel_sim.counters", "accel_sim.kernels", "workloads.kernels", "workloads.kernels.jit"}
    for path in (*SOURCES[0].rglob("*.py"), *SOURCES[2].rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if names == ["accel_sim"]:
                names = [f"accel_sim.{alias.name}" for alias in node.names]
            for name in names:
                if name.split(".")[0] in ("accel_sim", "workloads"):
                    assert any(name == w or name.startswith(f"{w}.") for w in watched), (path.name, name)
