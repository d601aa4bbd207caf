"""shape: a layer as a matrix product, for each of its convolution groups."""

from accel_sim.columns.contract import Cell, LayerColumn

ORDER = 2
LAYERS = (
    LayerColumn("m_dim", "count", "output channels", lambda run: run.masked.layer.m_dim),
    LayerColumn("k_dim", "count", "weights of an output channel", lambda run: run.masked.layer.k_dim),
    LayerColumn("n_dim", "count", "output pixels of all images", lambda run: run.masked.layer.n_dim),
    LayerColumn("groups", "count", "convolution groups", lambda run: run.masked.layer.groups),
    LayerColumn("weights", "count", "of the dense layer", lambda run: run.masked.mask.weights),
)
SHOWN_LAYERS = (Cell("m x k x n", lambda row: f"{row['m_dim']}x{row['k_dim']}x{row['n_dim']}"),)
