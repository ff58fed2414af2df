"""Contracts as data: the vocabulary in which a contract is written (model), and its replay from events (engine)."""
