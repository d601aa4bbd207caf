"""The closed sums over input pixels under runs of output pixels against the set of them."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from accel_sim.architectures.shared.geometry import geometry
from accel_sim.kernels.timeline.halo import tile_pixels
from accel_sim.mapping.tiling import EACH_ONE
from workloads.layer import Layer

small = st.integers(1, 4)


@st.composite
def convolutions(draw) -> Layer:
    kernel_h, kernel_w, dilation_h, dilation_w = (draw(small) for _ in range(4))
    padding_h, padding_w = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    in_h, in_w = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    assume(in_h + 2 * padding_h > dilation_h * (kernel_h - 1))
    assume(in_w + 2 * padding_w > dilation_w * (kernel_w - 1))
    return Layer(
        "drawn",
        "conv",
        *(1, 1, in_h, in_w, kernel_h, kernel_w, draw(small), draw(small)),
        *(padding_h, padding_w, dilation_h, dilation_w),
        batch=draw(st.integers(1, 3)),
    )


def pixels_by_hand(layer: Layer, start: int, stop: int) -> set[tuple[int, int, int]]:
    found = set()
    for n in range(start, stop):
        image, y, x = np.unravel_index(n, (layer.batch, layer.out_h, layer.out_w))
        for r in range(layer.kernel_h):
            for s in range(layer.kernel_w):
                row = y * layer.stride_h + r * layer.dilation_h - layer.padding_h
                column = x * layer.stride_w + s * layer.dilation_w - layer.padding_w
                if row in range(layer.in_h) and column in range(layer.in_w):
                    found.add((int(image), int(row), int(column)))
    return found


@given(layer=convolutions(), tile_n=st.integers(1, 40))
def test_tile_pixels_are_those_of_every_tile(layer, tile_n):
    starts = range(0, layer.n_dim, tile_n)
    by_hand = [pixels_by_hand(layer, start, min(start + tile_n, layer.n_dim)) for start in starts]
    shape = geometry(layer)
    counted = tile_pixels(shape, layer.n_dim, tile_n, EACH_ONE)
    assert counted.tolist() == [len(pixels) for pixels in by_hand]
    held = np.random.default_rng(tile_n).integers(0, 100, (layer.batch, layer.in_h, layer.in_w))
    summed = tile_pixels(shape, layer.n_dim, tile_n, held.ravel())
    assert summed.tolist() == [sum(int(held[pixel]) for pixel in pixels) for pixels in by_hand]
