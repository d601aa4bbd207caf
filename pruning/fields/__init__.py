"""Fields of a configuration: their types."""
