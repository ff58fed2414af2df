"""The engine: obligations, powers, conditions, sums and papers of one contract, derived by replaying its events."""
