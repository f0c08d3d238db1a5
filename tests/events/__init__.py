"""Events: what starts and tells by itself; replayed, doubled and lost ticks."""
