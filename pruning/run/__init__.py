"""One run: how to prune, what comes before its stages, the stages, what comes out."""
