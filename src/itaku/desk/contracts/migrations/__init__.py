"""Migrations of the works schedules."""
