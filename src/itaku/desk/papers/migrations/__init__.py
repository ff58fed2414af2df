"""Migrations of the papers' tables."""
