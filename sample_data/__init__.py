"""Data to try Concord on: a synthetic panel with known truth, and one real data set of another field."""
