"""Fields of a configuration: their types, and what they say of themselves."""
