"""A machine file with one thing wrong in it is refused with its line and the dotted path of its field."""

import pytest
from refusals import refusal_of_text, with_one_changed
from whole_machine import whole_text

from accel_sim import load_machine

CRISP = whole_text("crisp_stc")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "cores: 4",
            "corse: 4",
            "m.yaml:10: array: expected a known key, got 'corse'; did you mean 'cores'?",
        ),
        ("cores: 4", "cores: four", "m.yaml:10: array.cores: expected a whole number, got 'four' (text)"),
        ("cores: 4", "cores: 4.5", "m.yaml:10: array.cores: expected a whole number, got 4.5"),
        ("cores: 4", "cores: -4", "m.yaml:10: array.cores: expected a number of at least 1, got -4"),
        ("cores: 4", "cores: 0", "m.yaml:10: array.cores: expected a number of at least 1, got 0"),
        (
            "cores: 4",
            "cores: 4000000000000",
            "m.yaml:10: array.cores: expected a number of at most 65536, got",
        ),
        ("cores: 4", "cores: 4\n  cores: 8", "m.yaml:11: array: expected each key once, got 'cores' again"),
        ("  cores: 4", "  # none", "m.yaml:9: array: expected the key 'cores', got none"),
        (
            "{n_keep: 1, m_group: 4}",
            "1:4",
            "m.yaml:17: array.weight_sparsity.0: expected keys and values, got",
        ),
        ("{n_keep: 1, m_group: 4}", "1:4", "write n_keep: 1, m_group: 4"),
        (
            "{n_keep: 1, m_group: 4}",
            "{n_keep: 4, m_group: 4}",
            "m.yaml:17: array.weight_sparsity.0: expected n_keep < m_group, got 4:4",
        ),
        (
            "{n_keep: 1, m_group: 4}",
            "{n_keep: 1, mgroup: 4}",
            "m.yaml:17: array.weight_sparsity.0: expected a known key, got 'mgroup'; did you mean 'm_group'?",
        ),
        (
            "mux_inputs: 4",
            "mux_inputs: 2",
            "m.yaml:9: array: expected mux_inputs >= m_group, got 2 inputs for 1:4",
        ),
        (
            "row_bytes: 4",
            "row_bytes: 5",
            "m.yaml:26: smem: expected banks that divide capacity_bytes=262144, got 32 banks with rows of 5"
            " bytes, 160 in all",
        ),
        (
            "  bandwidth_bytes_per_cycle: 128",
            "  bandwidth_bytes_per_cycle: 129",
            "m.yaml:26: smem: expected bandwidth_bytes_per_cycle of at most what the banks bring, 32 rows of"
            " 4 bytes, 128 in all, got 129",
        ),
        (
            "  bandwidth_bytes_per_cycle: 32\n",
            "  bandwidth_bytes_per_cycle: 0\n",
            "m.yaml:36: dram.bandwidth_bytes_per_cycle: expected a number greater than 0, got 0",
        ),
        (
            "  bandwidth_bytes_per_cycle: 128",
            "  bandwidth_bytes_per_cycle: 0",
            "m.yaml:28: smem.bandwidth_bytes_per_cycle: expected a number greater than 0, got 0",
        ),
        (
            "model: simple",
            "model: bank",
            "m.yaml:34: dram: expected a known value, got 'bank'; did you mean 'banked'?",
        ),
        (
            "model: simple",
            "model: banked",
            "m.yaml:36: dram: expected a known key, got 'bandwidth_bytes_per_cycle'",
        ),
        ("energy: sp", "mapping: auot\nenergy: sp", "m.yaml:40: mapping: expected"),
        (
            "energy: sp",
            "objective: speed\nenergy: sp",
            "m.yaml:40: objective: expected a known value, got 'speed'",
        ),
        (
            "energy: sp",
            "fill_drain: none\nenergy: sp",
            "m.yaml:40: fill_drain: expected a known value, got 'none'",
        ),
        ("lanes: 16", "lanes: 2", "m.yaml:9: array: expected lanes >= n_keep, got 2 lanes for 3:4"),
        (
            "[16, 32, 64]",
            "[16, 30]",
            "m.yaml:9: array: expected skip_blocks to be multiples of m_group=4, got 30",
        ),
        ("[16, 32, 64]", "[0]", "m.yaml:20: array.skip_blocks.0: expected a number of at least 1, got 0"),
        (
            "  bandwidth_bytes_per_cycle: 128",
            "  bandwidth_bytes_per_cycle: .nan",
            "smem.bandwidth_bytes_per_cycle",
        ),
        (
            "  bandwidth_bytes_per_cycle: 128",
            "  bandwidth_bytes_per_cycle: .inf",
            "m.yaml:28: smem.bandwidth_bytes_per_cycle: expected a whole number, got inf",
        ),
        (
            "capacity_bytes: 262144",
            "capacity_bytes: 9999999999999999999999",
            "m.yaml:27: smem.capacity_bytes: expected",
        ),
        (
            "word_bytes: 1",
            "word_bytes: 1000000000000",
            "m.yaml:7: word_bytes: expected a number of at most 64",
        ),
        ("buffers: 2", "buffers: 3", "m.yaml:24: rf.buffers: expected a number of at most 2, got 3"),
        ("clock_hz: 1000000000.0", "clock_hz: .inf", "m.yaml:6: clock_hz: expected a finite number, got inf"),
        ("clock_hz: 1000000000.0", "clock_hz: .nan", "m.yaml:6: clock_hz: expected a finite number, got nan"),
        (
            "clock_hz: 1000000000.0",
            "clock_hz: 1 GHz",
            "m.yaml:6: clock_hz: expected a number, got '1 GHz' (text)",
        ),
        (
            "clock_hz: 1000000000.0",
            "clock_hz: -1",
            "m.yaml:6: clock_hz: expected a number of at least 1e+06, got -1",
        ),
        (
            "architecture: structured_tensor_core",
            "architecture: structured_tensor",
            "m.yaml:3: architecture: expected a known name, got 'structured_tensor'; did you mean",
        ),
        (
            "energy: sparseloop_45nm",
            "energy: 45nm",
            "m.yaml:40: energy: expected a known name or a .yaml file",
        ),
        ("energy: sparseloop_45nm", "energy: 5", "m.yaml:40: energy: expected text, got 5"),
        (
            "latency_cycles: 100",
            "latency: 100",
            "m.yaml:37: dram: expected a known key, got 'latency'; did you mean",
        ),
    ],
)
def test_a_wrong_file_names_line_and_dotted_path(tmp_path, old, new, message):
    assert message in refusal_of_text(load_machine, tmp_path / "m.yaml", with_one_changed(CRISP, old, new))


def test_the_array_of_another_architecture_is_checked_by_that_architecture(tmp_path):
    text = with_one_changed(whole_text("unstructured_gather"), "pe_rows: 64", "rows: 64")
    found = refusal_of_text(load_machine, tmp_path / "m.yaml", text)
    assert found.startswith("m.yaml:10: array: expected a known key, got 'rows'")
    assert "pe_rows" in found


@pytest.mark.parametrize(
    ("machine", "old", "new", "message"),
    [
        (
            "unstructured_gather",
            "  depth: 32\n",
            "  # none\n",
            "m.yaml:9: array: expected a depth with activations: skip, got none",
        ),
        (
            "unstructured_gather",
            "activations: skip",
            "activations: dense",
            "m.yaml:9: array: expected pe_columns only with activations: skip, got pe_columns: 4",
        ),
        (
            "csr_gather",
            "lanes: 16",
            "depth: 64\n  lanes: 16",
            "m.yaml:9: array: expected depth only with activations: skip, got depth: 64",
        ),
        (
            "csr_gather",
            "lanes: 16",
            "operand_banks: 2\n  lanes: 16",
            "m.yaml:9: array: expected operand_banks only with activations: skip, got operand_banks: 2",
        ),
        (
            "csr_gather",
            "distribution: row_sorted",
            "distribution: sorted",
            "m.yaml:13: array.distribution: expected a known value, got 'sorted'; did you mean 'row_sorted'?",
        ),
        (
            "csr_gather",
            "lanes: 16",
            "activations: gate\n  lanes: 16",
            "m.yaml:11: array.activations: expected a known value, got 'gate'",
        ),
        (
            "edge_systolic",
            "dataflow: weight_stationary",
            "dataflow: output_stationary",
            "m.yaml:9: array: expected no accumulator_depth with dataflow: output_stationary, got 256",
        ),
        (
            "edge_systolic",
            "  accumulator_depth: 256\n",
            "  # none\n",
            "m.yaml:9: array: expected an accumulator_depth with dataflow: weight_stationary, got",
        ),
        (
            "edge_systolic",
            "dataflow: weight_stationary",
            "dataflow: row_stationary",
            "m.yaml:12: array.dataflow: expected a known value, got 'row_stationary'",
        ),
        (
            "edge_systolic",
            "double_buffered: true",
            "double_buffered: 2",
            "m.yaml:14: array.double_buffered: expected",
        ),
        (
            "dstc",
            "merges_per_cycle: 464",
            "merges_per_cycle: 0",
            "m.yaml:17: array.merges_per_cycle: expected a number of at least 1, got 0",
        ),
        (
            "sparseloop_stc_dual_compress",
            "activations: compress",
            "activations: skip",
            "m.yaml:18: array.activations: expected a known value, got 'skip'",
        ),
    ],
)
def test_what_an_array_cannot_be_is_one_line(tmp_path, machine, old, new, message):
    text = with_one_changed(whole_text(machine), old, new)
    assert message in refusal_of_text(load_machine, tmp_path / "m.yaml", text)
