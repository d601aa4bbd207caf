"""Machines, energy tables and sweeps: data only."""
