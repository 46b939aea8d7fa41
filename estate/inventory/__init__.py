"""Units and their history: folding observations, identity, and the one way to a population."""
