"""Patterns: the rule that a mask obeys, one file each.

Each file holds a frozen dataclass ``Pattern`` with ``keep_mask(score)``, which chooses a
:class:`~workloads.masks.KeepMask` from scores [m_dim, k_dim] (higher survives), and ``check(mask)``,
which says in a sentence what is wrong with a mask or returns None. A pattern that makes layers smaller
instead of sparse also has ``narrow(network)``, and ``narrows = True``.
"""

from workloads.patterns.base import Pattern, check_scores
from workloads.patterns.parse import at_density, parse_pattern, pattern_names

SHARED = ("base", "parse", "rules")

__all__ = ["SHARED", "Pattern", "at_density", "check_scores", "parse_pattern", "pattern_names"]
