"""How sparsity grows over the stages of an iterative run."""
