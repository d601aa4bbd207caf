"""Studies join the pruner and the simulator: the demo, and the tables made from network definitions."""
