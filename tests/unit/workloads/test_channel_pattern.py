"""Channel pruning: rows of a matrix, and networks that become narrower and still fit together."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from workloads import Layer
from workloads.inputs import InputError
from workloads.masks import KeepMask
from workloads.network import Network, load_network, network_names
from workloads.patterns import parse_pattern

NETWORKS = {name: load_network(name) for name in network_names()}
MULTIPLES = st.sampled_from([1, 1, 8, 32])


def narrow(network: Network, density: float, multiple: int = 1) -> Network:
    return parse_pattern(f"channel(density={density}, multiple={multiple})").narrow(network)


def conv(name: str, inputs: int, outputs: int, groups: int = 1) -> Layer:
    return Layer(name, "conv", inputs, outputs, 8, 8, 3, 3, padding_h=1, padding_w=1, groups=groups)


def network(*layers: Layer) -> Network:
    return Network("drawn", layers)


@pytest.mark.parametrize("name", NETWORKS)
@given(density=st.floats(0.05, 1), multiple=MULTIPLES)
def test_a_network_of_the_folder_keeps_its_budget_and_fits_together(name, density, multiple):
    before = NETWORKS[name]
    try:
        after = narrow(before, density, multiple)
    except InputError:  # out of reach, with steps as wide as these
        assert multiple > 1
        return
    assert after.weights <= density * before.weights
    assert after.layers[0].in_channels == before.layers[0].in_channels
    assert after.layers[-1].out_channels == before.layers[-1].out_channels

    width: dict[int, int] = {}
    for old, new in zip(before.layers[:-1], after.layers[:-1], strict=True):
        assert width.setdefault(old.out_channels, new.out_channels) == new.out_channels
    for producer, old, new in zip(before.layers, before.layers[1:], after.layers[1:], strict=False):
        if old.in_channels in width:
            assert new.in_channels == width[old.in_channels]
        else:  # flattened: as many pixels a channel as before
            pixels = old.in_channels // producer.out_channels
            assert new.in_channels == pixels * width[producer.out_channels]
        assert new.groups == (new.in_channels if old.depthwise else old.groups)
    for old, new in width.items():
        assert 1 <= new <= old
        assert density == 1 or new % multiple == 0 or new == old < multiple


@pytest.mark.parametrize("name", NETWORKS)
def test_half_the_weights_are_nearly_half(name):
    assert narrow(NETWORKS[name], 0.5).weights > 0.47 * NETWORKS[name].weights


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 30), st.floats(0.01, 0.999))
def test_it_is_the_widest_that_one_factor_gives(first, second, outputs, density):
    drawn = network(conv("a", 3, first), conv("b", first, second), Layer.linear("c", 64 * second, outputs))

    def widths(factor: Fraction) -> tuple[int, int]:
        return max(1, int(first * factor)), max(1, int(second * factor))

    def weights(a: int, b: int) -> int:
        return 27 * a + 9 * a * b + 64 * b * outputs

    factors = {Fraction(i, n) for n in (first, second) for i in range(n + 1)}
    fitting = [widths(f) for f in factors if weights(*widths(f)) <= density * drawn.weights]
    if not fitting:
        with pytest.raises(InputError, match="the narrowest that drawn can be with channels in steps of 1"):
            narrow(drawn, density)
        return
    a, b, c = narrow(drawn, density).layers
    assert (a.out_channels, b.out_channels) == max(fitting, key=lambda found: weights(*found))
    assert (b.in_channels, c.in_channels, c.out_channels) == (a.out_channels, 64 * b.out_channels, outputs)


def test_density_one_leaves_a_network_as_it_is():
    assert narrow(NETWORKS["mobilenet_v2"], 1.0, 32) is NETWORKS["mobilenet_v2"]


def test_groups_stay_and_channels_remain_multiples_of_them():
    drawn = network(conv("a", 3, 48), conv("b", 48, 96, 16), conv("c", 96, 48), conv("d", 48, 10))
    for density in (0.1, 0.3, 0.5, 0.7):
        grouped = narrow(drawn, density).layers[1]
        assert grouped.groups == 16
        assert grouped.in_channels % 16 == grouped.out_channels % 16 == 0


def test_a_depthwise_layer_follows_its_input_even_where_it_multiplies_channels():
    drawn = network(conv("a", 3, 21), conv("b", 21, 42, 21), conv("c", 42, 42), conv("d", 42, 5))
    _, b, c, d = narrow(drawn, 0.4).layers
    assert b.groups == b.in_channels < 21
    assert b.out_channels == c.in_channels == c.out_channels == d.in_channels == 2 * b.in_channels


def test_a_depthwise_layer_at_the_end_follows_too():
    drawn = network(conv("a", 3, 20), conv("b", 20, 20, 20))
    b = narrow(drawn, 0.5).layers[1]
    assert b.in_channels == b.out_channels == b.groups == 10


def test_other_patterns_leave_networks_alone():
    texts = ["nm(2:4)", "crisp(2:4, block=16, density=0.1)", "block(block=16, density=0.1)"]
    for text in (*texts, "unstructured(density=0.1)", "gs(density=0.1)"):
        pattern = parse_pattern(text)
        assert not pattern.narrows
        assert pattern.narrow(NETWORKS["resnet18"]) is NETWORKS["resnet18"]
    assert parse_pattern("channel(density=0.1)").narrows


def test_what_cannot_be_reached_names_the_least():
    assert refusal(narrow, NETWORKS["resnet20_w16_28"], 0.1, 16) == (
        "pattern: density: expected at least 0.1563, the narrowest that resnet20_w16_28 can be with channels"
        " in steps of 16, got 0.1"
    )
    with pytest.raises(InputError, match="pattern: multiple: expected a whole number from 1 to"):
        parse_pattern("channel(density=0.1, multiple=0)")


@given(st.integers(1, 60), st.integers(1, 20), st.sampled_from([0.01, 0.07, 0.1, 0.5, 1.0]))
def test_a_matrix_keeps_the_rows_of_the_highest_sums(m_dim, k_dim, density):
    score = np.random.default_rng([m_dim, k_dim]).integers(0, 3, (m_dim, k_dim)).astype(np.float64)
    count = -(-m_dim * Fraction(str(density)).numerator // Fraction(str(density)).denominator)
    rows = sorted(range(m_dim), key=lambda i: (-score[i].sum(), i))[:count]
    keep = np.zeros((m_dim, k_dim), bool)
    keep[rows] = True
    found = parse_pattern(f"channel(density={density})").keep_mask(score)
    assert np.array_equal(found.to_dense(), keep)


def test_a_row_that_is_kept_in_part_is_named():
    mask = KeepMask.from_dense(np.array([[1, 1], [0, 0], [1, 0]], bool))
    assert parse_pattern("channel(density=0.5)").check(mask) == "row 2 is kept only in part"


def test_a_row_without_a_sum_comes_last():
    score = np.array([[np.inf, -np.inf], [0.0, 1.0], [np.inf, 0.0]])
    found = parse_pattern("channel(density=0.5)").keep_mask(score)
    assert found.to_dense().any(axis=1).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("density", "rows", "kept"),
    [(0.07, 100, 7), (0.29, 100, 29), (0.290001, 100, 30), (0.2899, 100, 29), (1e-12, 10, 1), (0.5, 4, 2)],
)
def test_a_matrix_keeps_a_whole_number_of_rows_rounded_up(density, rows, kept):
    found = parse_pattern(f"channel(density={density})").keep_mask(np.ones((rows, 3)))
    assert found.kept == 3 * kept


def hidden(width: int) -> Network:
    """Two layers with ``width`` channels between them: 2 weights a channel."""
    return network(Layer.linear("a", 1, width), Layer.linear("b", width, 1))


@pytest.mark.parametrize(
    ("density", "width", "left"),
    [
        (0.5, 16, 8),
        (0.25, 16, 4),
        (0.4999, 16, 7),
        (0.0625, 16, 1),
        (0.75, 12, 9),
        (0.999, 12, 11),
        (0.29, 100, 29),
    ],
)
def test_a_budget_that_is_met_exactly_is_spent(density, width, left):
    narrowed = narrow(hidden(width), density)
    assert narrowed.layers[0].out_channels == left
    assert narrowed.weights == 2 * left


@pytest.mark.parametrize(
    ("multiple", "groups", "step"),
    [(1, (6,), 6), (8, (12,), 24), (4, (4, 6), 12), (6, (4,), 12), (3, (4, 6), 12), (24, (12,), 24)],
)
def test_widths_of_grouped_layers_are_common_multiples_of_all_that_divide_them(multiple, groups, step):
    layers = [conv(f"grouped by {g}", 96, 96, g) for g in groups]
    drawn = network(conv("a", 3, 96), *layers, conv("z", 96, 5))
    widths = set()
    for percent in range(1, 100):
        try:
            left = narrow(drawn, percent / 100, multiple)
        except InputError:
            continue
        widths.add(left.layers[0].out_channels)
        assert [layer.groups for layer in left.layers] == [1, *groups, 1]
    assert widths == set(range(step, 96, step))


def test_a_width_below_the_step_stays_and_a_depthwise_layer_sets_none():
    """16 channels in steps of 24 stay; 48 may become 24; the depthwise layer's 48 groups are no step."""
    drawn = network(conv("a", 3, 16), conv("b", 16, 48), conv("c", 48, 48, 48), conv("d", 48, 5))
    layers = narrow(drawn, 0.6, 24).layers
    assert [layer.out_channels for layer in layers] == [16, 24, 24, 5]
    assert layers[2].groups == 24
