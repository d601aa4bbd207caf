"""Patterns: the rule that a mask obeys, one file each.

Each file holds a frozen dataclass ``Pattern`` with ``keep_mask(score)``, which chooses a
:class:`~workloads.masks.KeepMask` from scores [m_dim, k_dim] (higher survives), and ``check(mask)``,
which says in a sentence what is wrong with a mask or returns None. A pattern that makes layers smaller
instead of sparse also has ``narrow(network)``, and ``narrows = True``.
"""

from workloads.patterns.contract import Pattern, check_scores
from workloads.patterns.shared.parse import at_density, parse_pattern, pattern_names

__all__ = ["Pattern", "at_density", "check_scores", "parse_pattern", "pattern_names"]
