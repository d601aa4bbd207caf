"""Pruning methods, one file each: a pattern and the way a network is brought to it.

Each file holds a frozen dataclass ``Method`` whose fields are the pattern's arguments. One that masks has
``choose(saliency, sparsity, always_kept)``, which gives a :class:`~workloads.masks.KeepMask` a layer; one
that narrows has ``narrow(model, ...)``, which makes layers smaller in place. ``storage(k_dim)`` names the
format of :mod:`workloads.formats` that suits what is left.
"""

from pruning.methods.contract import (
    MaskingMethod,
    Method,
    NarrowingMethod,
    method_names,
    parse_masking,
    parse_method,
)

__all__ = ["MaskingMethod", "Method", "NarrowingMethod", "method_names", "parse_masking", "parse_method"]
