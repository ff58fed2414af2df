"""Keeping contracts: events appended with their entry in the record; what is due and when to wake are caches beside."""
