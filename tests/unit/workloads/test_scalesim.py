"""SCALE-Sim's topology files, read as they are."""

import pytest
from refusals import refusal

from workloads import Layer
from workloads.inputs import InputError
from workloads.network import load_network

# After the form of the ResNet-50 file that SCALE-Sim ships: a blank row, trailing commas, extra columns.
CONV = """Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,X,
Conv1, 224, 224, 7, 7, 3, 64, 2, 1:1,
,,,,,,,,

Conv2_1a,56,56,1,1,64,64,1,
Conv2_1a,56,56,3,3,64,64,1
"""
# Its header and first rows: columns without a name, and the output that its authors counted.
COUNTED = """\
Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,,,Eh,Ew,e2
,,,,,,,,,,,,
First,224,224,7,7,3,64,2,,,110,110,12100
Narrow,56,56,1,1,64,32,1,,,,,
Last,1,1,1,1,2048,10,1,,,,,"""
GEMM = """Layer, M, N, K,
qkv, 128, 2304, 768,
out, 128, 768, 768,
"""


def read(tmp_path, text: str) -> tuple[Layer, ...]:
    path = tmp_path / "topology.csv"
    path.write_text(text)
    return load_network(path).layers


def test_convolutions_are_read_with_blank_rows_and_extra_columns(tmp_path):
    layers = read(tmp_path, CONV)
    assert [layer.name for layer in layers] == ["Conv1", "Conv2_1a", "Conv2_1a #2"]
    assert [(x.m_dim, x.k_dim, x.n_dim) for x in layers] == [
        (64, 147, 110 * 110),
        (64, 64, 3136),
        (64, 576, 54 * 54),
    ]


def test_an_output_that_hangs_over_the_edge_is_counted_as_scalesim_does(tmp_path):
    first = read(tmp_path, CONV)[0]  # (224 - 7) / 2 + 1 = 109.5 is 110 there
    assert (first.in_h, first.in_w, first.out_h, first.padding_h) == (225, 225, 110, 0)


def test_columns_of_the_authors_own_are_left_out_and_agree_with_what_is_read(tmp_path):
    layers = read(tmp_path, COUNTED)
    assert [layer.name for layer in layers] == ["First", "Narrow", "Last"]
    assert (layers[0].out_h, layers[0].out_w, layers[0].n_dim) == (110, 110, 12100)
    assert [(x.m_dim, x.k_dim, x.n_dim) for x in layers[1:]] == [(32, 64, 3136), (10, 2048, 1)]


def test_gemms_are_pixels_by_filters_by_reduction(tmp_path):
    assert [(x.m_dim, x.k_dim, x.n_dim) for x in read(tmp_path, GEMM)] == [(2304, 768, 128), (768, 768, 128)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            CONV.replace("7, 7, 3", "7, x, 3"),
            "topology.csv:2: filter width: expected a whole number of at least 1, got 'x'",
        ),
        (
            CONV.replace("Conv2_1a,56,56,1,1,64,64,1,", "Conv2_1a,56,56"),
            "topology.csv:5: filter height: expected a whole",
        ),
        (
            CONV.replace("224, 224, 7", "4, 224, 7"),
            "topology.csv:2: Conv1: expected a filter no larger than the ifmap",
        ),
        (GEMM.replace("2304", "0"), "topology.csv:2: n: expected a whole number of at least 1, got '0'"),
        (GEMM.splitlines()[0], "topology.csv: expected at least one layer, got a header alone"),
    ],
)
def test_a_wrong_row_is_named_with_its_line(tmp_path, text, message):
    assert message in refusal(read, tmp_path, text)


def test_a_file_with_another_header_is_a_table_of_ours(tmp_path):
    with pytest.raises(InputError, match="expected known columns, got 'Layer name'"):
        read(tmp_path, "Layer name, IFMAP Height\nConv1, 224\n")
