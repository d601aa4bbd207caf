"""Which channels of which modules only vanish together."""
