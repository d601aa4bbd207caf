"""What lies on disk: checkpoints, pruned networks, states to resume from."""
