"""Networks found by name, a user's own too, and what several definitions use."""
