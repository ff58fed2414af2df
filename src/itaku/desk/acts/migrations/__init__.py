"""Migrations of the acts' tables."""
