"""Machines held against each other: comparison, fairness, sweep."""
