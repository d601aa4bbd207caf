"""Networks are tables: what is written reads back, what is wrong is named with its line."""

import pytest
from refusals import refusal_of_file

from workloads import Layer, load_network
from workloads.inputs import InputError
from workloads.network import COLUMNS, Network, network_names, read_layers, write_layers

GOOD_HEADER = "name,kind,in_channels,out_channels,in_h,in_w,kernel_h,kernel_w"
GOOD_ROW = "a,conv,3,8,5,5,3,3"


@pytest.fixture
def table(tmp_path):
    def write(*lines: str, encoding: str = "utf-8"):
        path = tmp_path / "net.csv"
        path.write_bytes("\n".join(lines).encode(encoding))
        return path

    return write


@pytest.mark.parametrize("name", network_names())
def test_every_network_that_comes_along_loads(name):
    network = load_network(name)
    assert network.name == name
    assert network.macs == sum(x.m_dim * x.k_dim * x.n_dim for x in network.layers) > 0
    assert network.weights == sum(x.m_dim * x.k_dim for x in network.layers)


def test_a_table_reads_back_as_it_was_written(tmp_path):
    layers = (
        Layer("a, b", "conv", 6, 9, 11, 12, 3, 5, 2, 1, 1, 2, 2, 1, 3),
        Layer('quoted "c"', "linear", 7, 5),
        Layer.gemm("g", 4, 5, 6),
    )
    write_layers(tmp_path / "n.csv", layers, "two lines\nof comment")
    assert (tmp_path / "n.csv").read_text().startswith("# two lines\n# of comment\n" + ",".join(COLUMNS))
    assert load_network(tmp_path / "n.csv") == Network("n", layers)


def test_comments_blank_lines_spaces_and_empty_cells_are_fine(table):
    path = table("# c", "", "name, kind, in_channels, out_channels, stride_h", "a , linear, 3, 4,", "# d")
    assert read_layers(path) == (Layer("a", "linear", 3, 4),)


def test_a_byte_order_mark_is_no_part_of_the_first_column(table):
    assert len(read_layers(table(GOOD_HEADER, GOOD_ROW, encoding="utf-8-sig"))) == 1


def test_batch_multiplies_columns_and_macs(table):
    network = load_network(table(GOOD_HEADER, GOOD_ROW))
    assert network.with_batch(4).macs == 4 * network.macs
    assert network.with_batch(4).weights == network.weights


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([""], ": expected a header and layers, got an empty table"),
        ([GOOD_HEADER], ": expected at least one layer, got a header alone"),
        (["# c", "name,kind,in_chanels"], ":2: expected known columns, got 'in_chanels'; did you mean"),
        (["name,kind,in_channels", "a,conv,3"], ":1: expected the column 'out_channels', got"),
        (["name,kind,in_channels,out_channels,name", "a,conv,3,4,b"], ":1: expected each column once"),
        ([GOOD_HEADER, GOOD_ROW, "b,conv,3"], ":3: expected 8 cells, got 3"),
        ([GOOD_HEADER, "# c", GOOD_ROW, GOOD_ROW], ":4: name: expected distinct names, got 'a' again"),
        ([GOOD_HEADER, "a,conv,x,8,5,5,3,3"], ":2: in_channels: expected a whole number, got 'x'"),
        ([GOOD_HEADER, "a,conv,3.0,8,5,5,3,3"], ":2: in_channels: expected a whole number, got '3.0'"),
        ([GOOD_HEADER, "a,conv,-3,8,5,5,3,3"], ":2: a: in_channels: expected a whole number of at least 1"),
        ([GOOD_HEADER, "a,conv,3,8,2,2,3,3"], ":2: a: expected an input that the kernel fits into"),
        ([GOOD_HEADER, "a,pool,3,8,5,5,3,3"], ":2: a: kind: expected one of"),
        ([GOOD_HEADER, "a,conv,,8,5,5,3,3"], ":2: expected a value in every required column"),
        ([GOOD_HEADER, ",conv,3,8,5,5,3,3"], ":2: layer: name: expected printable text"),
        ([GOOD_HEADER, "a" * 200_000 + ",conv,3,8,5,5,3,3"], ":2: expected cells between commas"),
    ],
)
def test_a_wrong_table_is_one_line_with_its_place(table, lines, message):
    path = table(*lines)
    assert refusal_of_file(load_network, path).startswith(f"{path.name}{message}")


def test_a_table_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "n.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="expected a text file"):
        load_network(path)


def test_an_unknown_name_and_a_missing_file_are_named(tmp_path):
    with pytest.raises(InputError, match=r"expected a known name or a \.csv file, got 'resnet51'"):
        load_network("resnet51")
    with pytest.raises(InputError, match="expected a network table"):
        load_network(tmp_path / "none.csv")
