"""Grids of pruning runs described in a YAML file: planned, run, killed, resumed and tabulated."""
