"""What is in a pruned network, or would be, for a reader."""
