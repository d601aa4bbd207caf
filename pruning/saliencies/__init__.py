"""Saliencies, one file each: what says how much a weight is worth, so that the least are pruned.

Each file holds a frozen dataclass ``Saliency`` whose fields are its options and whose ``score(model,
samples, layers, after_sample)`` gives a float matrix [m_dim, k_dim] a layer; higher survives.
"""

from pruning.saliencies.contract import Saliency, Samples, parse_saliency, saliency_names

__all__ = ["Saliency", "Samples", "parse_saliency", "saliency_names"]
