"""Runs every process of itaku on one machine: database, keys, nodes, their start, their watch and their end."""
