"""Which mapping of a layer is the best one (rule 16a)."""
