"""Schedules, one file each: how sparsity grows over the stages of an iterative run.

Each file holds a frozen dataclass ``Schedule`` whose ``share(progress)`` says how much of the final
sparsity a stage aims at; one that tightens the groups of N:M as well has ``kept(progress, n_keep,
m_group)``, and ``tightens_groups = True``.
"""

from pruning.schedules.contract import Schedule, parse_schedule, schedule_names
from pruning.schedules.shared.targets import group_targets, sparsity_targets

__all__ = ["Schedule", "group_targets", "parse_schedule", "schedule_names", "sparsity_targets"]
