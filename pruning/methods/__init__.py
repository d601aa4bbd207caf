"""Pruning methods, one file each: a pattern and the way its masks are chosen from saliency.

Each file holds a frozen dataclass ``Method`` whose fields are the pattern's arguments and whose
``choose(saliency, sparsity, always_kept)`` gives a :class:`~workloads.masks.KeepMask` a layer.
"""

from pruning.methods.contract import Method, method_names, parse_method

__all__ = ["Method", "method_names", "parse_method"]
